// What hardware would not bear fails in a strict run, with the names of the tasks.
#include <cfloat>

#include "check.hpp"
#include "strict/checks.hpp"

namespace {

namespace strict = emulation::strict;

constexpr int kCount = 512;

struct doubled {
  static float apply(float x) { return mul(x, 2.0f); }
};
struct tiny {
  static float apply(float x) { return mul(x, FLT_MIN / 4); }
};
struct huge {
  static float apply(float x) { return mul(x, 1.0f / FLT_MIN); }
};

template <class First, class Second>
void two_maps(const float* x, float* y) {
  stream<vec<float, 16>, 8> in("in");
  stream<vec<float, 16>, 8> between("between");
  stream<vec<float, 16>, 8> result("result");
  dataflow region;
  region.task<load_rows<float, 16>>("load", x, in, 0, 1, kCount, kCount);
  region.task<map<First, 16, float, float>>("first", between, kCount / 16, in);
  region.task<map<Second, 16, float, float>>("second", result, kCount / 16, between);
  region.task<store_rows<float, 16>>("store", result, y, 0, 1, kCount, kCount);
}

// Copies `rows` of 16.
void copy(const char* load, const char* store, const float* x, float* y, int rows) {
  stream<vec<float, 16>, 8> between("between");
  dataflow region;
  region.task<load_rows<float, 16>>(load, x, between, 0, rows, 16, 16);
  region.task<store_rows<float, 16>>(store, between, y, 0, rows, 16, 16);
}

void store_halves(const float* x, float* first, float* second) {
  stream<vec<float, 16>, 8> low("low");
  stream<vec<float, 16>, 8> high("high");
  dataflow region;
  region.task<load_rows<float, 16>>("load low", x, low, 0, kCount / 32, 16, 16);
  region.task<store_rows<float, 16>>("store low", low, first, 0, kCount / 32, 16, 16);
  region.task<load_rows<float, 16>>("load high", x, high, kCount / 2, kCount / 32, 16, 16);
  region.task<store_rows<float, 16>>("store high", high, second, kCount / 2, kCount / 32, 16, 16);
}

void through_two_pointers(const float* x, float* stored, float* loaded, float* y) {
  copy("load x", "store scratch", x, stored, kCount / 16);
  copy("load scratch", "store y", loaded, y, kCount / 16);
}
void backwards(const float* x, float* stored, float* loaded, float* y) {
  copy("load scratch", "store y", loaded, y, kCount / 16);
  copy("load x", "store scratch", x, stored, kCount / 16);
}
void through_one_pointer(const float* x, float* scratch, float*, float* y) {
  copy("load x", "store scratch", x, scratch, kCount / 16);
  copy("load scratch", "store y", scratch, y, kCount / 16);
}
void half_through_one_pointer(const float* x, float* scratch, float*, float* y) {
  copy("load x", "store scratch", x, scratch, kCount / 32);
  copy("load scratch", "store y", scratch, y, kCount / 16);
}
// The second pointers need no order of their own: their phases have one.
void through_a_pointer_beside(const float* x, float* one, float* other, float* y) {
  store_halves(x, one, other);
  copy("load scratch", "store y", one, y, kCount / 16);
}
void in_one_phase(const float* x, float* stored, float* loaded, float* y) {
  stream<vec<float, 16>, 8> between("between");
  stream<vec<float, 16>, 8> late("late");
  dataflow region;
  region.task<load_rows<float, 16>>("load x", x, between, 0, kCount / 16, 16, 16);
  region.task<store_rows<float, 16>>("store scratch", between, stored, 0, kCount / 16, 16, 16);
  region.task<load_rows<float, 16>>("load scratch", loaded, late, 0, kCount / 16, 16, 16);
  region.task<store_rows<float, 16>>("store y", late, y, 0, kCount / 16, 16, 16);
}
// Nothing orders the two phases, and they use different memory.
std::string order;
void noted(hls::stream<vec<float, 16>>& from, port<float> to, int rows, char phase) {
  order += phase;
  store_rows<float, 16>(from, to, 0, rows, 16, 16);
}
void independent(const float* x, float* scratch, float*, float* y) {
  for (char phase : {'a', 'b'}) {
    stream<vec<float, 16>, 8> between("between");
    dataflow region;
    region.task<load_rows<float, 16>>("load", x, between, 0, kCount / 16, 16, 16);
    region.task<noted>("store", between, phase == 'a' ? scratch : y, kCount / 16, phase);
  }
}
void twice(const float* x, float* y) {
  copy("load x", "store once", x, y, kCount / 16);
  copy("load x", "store again", x, y, kCount / 16);
}
void half_a_result(const float* x, float* y) { copy("load", "store", x, y, kCount / 32); }
void on_chip(const float* x, float* y) {
  static float kept[kCount];
  copy("load x", "keep", x, kept, kCount / 16);
  copy("load kept", "store", kept, y, kCount / 16);
}
void on_chip_backwards(const float* x, float* y) {
  static float kept[kCount];
  copy("load kept", "store", kept, y, kCount / 16);
  copy("load x", "keep", x, kept, kCount / 16);
}

// One path holds what its pipeline has begun, and the other has no room for as much.
template <int DEPTH>
void reconvergent(const float* x, float* y) {
  using V = vec<float, 16>;
  stream<V, 8> in("in");
  stream<V, DEPTH> beside("beside");
  stream<V, 8> ahead("ahead");
  stream<V, 8> changed("changed");
  stream<V, 8> result("result");
  struct sum {
    static float apply(float a, float b) { return add(a, b); }
  };
  dataflow region;
  region.task<load_rows<float, 16>>("load", x, in, 0, 1, 64 * 16, 64 * 16);
  region.task<fork<V, V, V>>("fork", in, 64, beside, ahead);
  region.task<map<doubled, 16, float, float>>("double", changed, 64, ahead);
  region.task<map<sum, 16, float, float, float>>("join", result, 64, beside, changed);
  region.task<store_rows<float, 16>>("store", result, y, 0, 1, 64 * 16, 64 * 16);
}

void load_pairs(port<const vec<float, 2>> from, hls::stream<vec<float, 2>>& out, int count) {
  for (int i = 0; i < count; ++i) out.write(from[i]);
}
void across_4_kib(const float* x, float* y) {
  using V = vec<float, 3>;
  stream<V, 8> threes("threes");
  dataflow region;
  region.task<load_vectors<float, 3>>("load threes", reinterpret_cast<const V*>(x), threes, 1024 / 3 + 1);
  region.task<store_rows<float, 3>>("store", threes, y, 0, 1, 1026, 1026);
}
void unaligned(const float* x, float* y) {
  stream<vec<float, 2>, 8> pairs("pairs");
  dataflow region;
  region.task<load_pairs>("load pairs", reinterpret_cast<const vec<float, 2>*>(x + 1), pairs, kCount / 2);
  region.task<store_rows<float, 2>>("store", pairs, y, 0, 1, kCount, kCount);
}

std::vector<float> x(4096, 1.0f), y(4096);

template <class... T>
int run(void (*kernel)(T...), std::size_t elements, char (&message)[2048]) {
  const std::size_t bytes = elements * sizeof(float);
  if constexpr (sizeof...(T) == 2) {
    const strict::pointer pointers[] = {{"x", strict::in, 0, bytes, 4}, {"y", strict::out, 0, bytes, 4}};
    const uint64_t words[] = {reinterpret_cast<uint64_t>(x.data()), reinterpret_cast<uint64_t>(y.data())};
    return strict::launch(kernel, pointers, words, message, sizeof message);
  } else {
    const strict::pointer pointers[] = {{"x", strict::in, 0, bytes, 4},
                                        {"stored", strict::scratch, 0, bytes, 4},
                                        {"loaded", strict::scratch, 0, bytes, 4},
                                        {"y", strict::out, 0, bytes, 4}};
    const uint64_t words[] = {reinterpret_cast<uint64_t>(x.data()), 0, 0, reinterpret_cast<uint64_t>(y.data())};
    return strict::launch(kernel, pointers, words, message, sizeof message);
  }
}

template <class... T>
void fails(void (*kernel)(T...), emulation::status wanted, const std::string& expected, std::size_t elements = kCount) {
  char message[2048] = "";
  const int got = run(kernel, elements, message);
  check(got == wanted, "status " + std::to_string(got) + ": " + message);
  check(std::string(message).find(expected) != std::string::npos,
        "\"" + std::string(message) + "\" instead of \"" + expected + "\"");
}

template <class... T>
void runs(const std::string& what, void (*kernel)(T...), float result, std::size_t elements = kCount) {
  char message[2048] = "";
  check(run(kernel, elements, message) == emulation::ok, what + ": " + message);
  check(y[0] == result && y[elements - 1] == result, what + ": the result");
}

}  // namespace

int main() {
  using emulation::failed;
  runs("what is right", two_maps<doubled, doubled>, 4.0f);
  fails(two_maps<tiny, huge>, failed, "stream \"result\" from task \"second\" to task \"store\" carries other values");
  runs("a denormal that does not matter", two_maps<tiny, doubled>, 0.0f);

  fails(through_two_pointers, failed,
        "task \"load scratch\" reads through \"loaded\" what task \"store scratch\" has written through \"stored\"");
  fails(backwards, failed,
        "task \"store scratch\" writes through \"stored\" what task \"load scratch\" has read through \"loaded\"");
  runs("phases that share a pointer", through_one_pointer, 1.0f);
  runs("phases that share one of two pointers", through_a_pointer_beside, 1.0f);
  fails(half_through_one_pointer, failed,
        "task \"load scratch\" reads element 256 of \"stored\", which nobody has written");
  fails(in_one_phase, failed,
        "task \"load scratch\" reads through \"loaded\" what task \"store scratch\" writes in the same phase");
  fails(twice, failed, "task \"store again\" writes element 0 of \"y\", which task \"store once\" has written");
  runs("phases that share nothing", independent, 1.0f);
  check(order == "abba", "phases run in the order written, and then reversed: " + order);

  fails(half_a_result, failed, "nobody writes element 256 of the result \"y\"");
  runs("an array on the chip", on_chip, 1.0f);
  fails(on_chip_backwards, failed, "task \"load kept\" reads what nobody has written, of an array on the chip");

  runs("room for a pipeline", reconvergent<64>, 3.0f, 64 * 16);
  fails(reconvergent<4>, emulation::deadlock, "task \"fork\" waits to write \"beside\"", 64 * 16);
  fails(across_4_kib, failed, "task \"load threes\" accesses 12 bytes at byte 4092 of \"x\": across a border of 4 KiB",
        1026);
  fails(unaligned, failed, "task \"load pairs\" accesses 8 bytes at byte 4 of \"x\": not aligned to their size");

  runs("what is right, after all that", two_maps<doubled, doubled>, 4.0f);
  return finish();
}
