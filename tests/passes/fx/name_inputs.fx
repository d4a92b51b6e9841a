# What Dynamo puts before a name goes; a name that is nothing else is kept.
def prefixes(
    arg0_1: f32[4],  # dynamo=L_self_modules_encoder_parameters_weight_
    arg1_1: f32[4],  # dynamo=L_self_buffers_Index_
    arg2_1: f32[4],  # dynamo=L_args_
):
    sums: f32[4] = aten.add.Tensor(arg1_1, arg2_1)
    return (sums,)

def after(
    arg0_1: f32[4],  # name=encoder_parameters_weight
    arg1_1: f32[4],  # name=index
    arg2_1: f32[4],  # name=L_args
):
    sums: f32[4] = aten.add.Tensor(arg1_1, arg2_1)
    return (sums,)

# Without a name for each of them they keep their own.
def one_name_of_two(
    arg0_1: f32[4],
    arg1_1: f32[4],  # dynamo=L_x_
):
    sums: f32[4] = aten.add.Tensor(arg0_1, arg1_1)
    return (sums,)

def after(
    arg0_1: f32[4],  # name=arg0_1
    arg1_1: f32[4],  # name=arg1_1
):
    sums: f32[4] = aten.add.Tensor(arg0_1, arg1_1)
    return (sums,)
