// What HLS makes of tasks and streams, without the data: FIFOs, pipelined loops, and a port that reads bursts.
//
// Times are those of registers: what is written in a cycle can be read from the next one on, and a slot that is freed
// can be written from the next one on.

module fifo #(int DEPTH = 2) (
    input logic clk, rst,
    input logic write, read,
    output logic has_room, has_data
);
  int fill;
  assign has_room = fill < DEPTH;
  assign has_data = fill > 0;
  always_ff @(posedge clk) fill <= rst ? 0 : fill + int'(write) - int'(read);
endmodule

// A loop of N iterations, STAGES deep, one every II cycles: each reads all inputs in its first stage and writes all
// outputs in its last one. A cycle passes before the first and behind the last.
module pipelined_loop #(
    int N = 1, II = 1, STAGES = 1, INS = 1, OUTS = 1, bit FLUSHES = 0
) (
    input logic clk, rst,
    input logic [INS-1:0] has_data,
    output logic take,
    input logic [OUTS-1:0] has_room,
    output logic give,
    output logic done
);
  logic started;
  int issued, given, phase;
  logic [STAGES:0] busy;  // busy[s]: an iteration is in stage s; the first stage is 0

  wire due = started && issued < N && phase == 0;
  wire last = STAGES == 1 ? due : busy[STAGES-1];

  generate
    if (FLUSHES && STAGES > 1) begin : flushing
      // Each stage goes on when the one behind it is free or goes on too.
      logic [STAGES-1:1] moves;
      always_comb begin
        moves[STAGES-1] = busy[STAGES-1] && &has_room;
        for (int s = STAGES - 2; s >= 1; s--) moves[s] = busy[s] && (!busy[s+1] || moves[s+1]);
      end
      assign give = moves[STAGES-1];
      assign take = due && &has_data && (!busy[1] || moves[1]);
      always_ff @(posedge clk) begin
        for (int s = 1; s < STAGES; s++) begin
          automatic logic comes = s == 1 ? take : moves[s-1];
          busy[s] <= !rst && (comes || (busy[s] && !moves[s]));
        end
        if (rst) phase <= 0;
        else if (take || phase != 0) phase <= phase + 1 == II ? 0 : phase + 1;
      end
    end else begin : stalling
      // All stages stand while an input or room for an output is missing.
      wire goes = started && (!due || &has_data) && (!last || &has_room);
      assign take = due && goes;
      assign give = last && goes;
      always_ff @(posedge clk) begin
        if (rst) begin
          busy <= '0;
          phase <= 0;
        end else if (goes) begin
          busy[1] <= due;
          for (int s = 2; s < STAGES; s++) busy[s] <= busy[s-1];
          if (due || phase != 0) phase <= phase + 1 == II ? 0 : phase + 1;
        end
      end
    end
  endgenerate

  always_ff @(posedge clk) begin
    started <= !rst;
    issued <= rst ? 0 : issued + int'(take);
    given <= rst ? 0 : given + int'(give);
  end
  assign done = given == N;
endmodule

// Reads BEATS beats in bursts of BURST from a memory whose first beat comes LATENCY cycles behind the request. At most
// OUTSTANDING bursts are under way, until their last beat was taken.
module burst_reader #(
    int BEATS = 1, BURST = 16, LATENCY = 64, OUTSTANDING = 16
) (
    input logic clk, rst,
    input logic take,
    output logic has_data
);
  logic started;
  int asked, sent, taken, under_way, waiting;
  logic [LATENCY-1:1] asked_ago;  // what was asked for so many cycles ago

  wire ask = started && asked < BEATS && under_way < OUTSTANDING;
  wire last_of_burst = (taken + 1) % BURST == 0 || taken + 1 == BEATS;
  wire arrives = asked_ago[LATENCY-1];
  // Beats of the bursts that the memory has begun with.
  wire send = sent < BEATS && (sent < waiting * BURST || arrives);
  assign has_data = taken < sent;

  always_ff @(posedge clk) begin
    started <= !rst;
    asked_ago <= rst ? '0 : {asked_ago[LATENCY-2:1], ask};
    asked <= rst ? 0 : asked + (ask ? BURST : 0);
    waiting <= rst ? 0 : waiting + int'(arrives);
    sent <= rst ? 0 : sent + int'(send);
    taken <= rst ? 0 : taken + int'(take);
    under_way <= rst ? 0 : under_way + int'(ask) - int'(take && last_of_burst);
  end
endmodule
