// What the findings of a diagnosis mean and what helps, in Chinese, by name. A finding that is not here is shown in English.

/** A finding in Chinese. */
export interface ChineseFinding {
  readonly title: string;
  readonly meaning: string;
  readonly help: string;
}

const say = (title: string, meaning: string, help: string): ChineseFinding => ({
  title,
  meaning,
  help,
});

/** Chinese texts by the name of the finding. */
export const chineseFindings: Readonly<Record<string, ChineseFinding>> = {
  "nan-in-data": say(
    "数据含 NaN 或无穷",
    "批次里只要有一个 NaN 或无穷，损失和所有权重都会变成 NaN。",
    "删除或填补这些记录；检查预处理中的缺失值、0/0 与 log(0)。",
  ),
  "labels-out-of-range": say(
    "标签超出范围",
    "模型没有对应这一类别的输出，因此损失没有定义。",
    "类别从 0 开始编号，并让最后一层每个类别各有一个输出。",
  ),
  "inputs-not-normalised": say(
    "输入未归一化",
    "第一层的激活与梯度随输入的大小变化，而初始权重和学习率并不适应这样的大小。",
    "用训练数据的均值和标准差逐特征标准化，或将字节除以 255。",
  ),
  "constant-inputs": say(
    "输入中有常量",
    "在每条记录里都相同的内容，与目标没有任何关系。",
    "去掉这些特征；如果所有记录都相同，请检查数据读取是否有误。",
  ),
  "class-imbalance": say(
    "类别不平衡",
    "总是给出最常见类别的模型损失已经很低，训练会停在那里。",
    "在损失中给类别加权，多抽取稀有类别，并用 F1 或平衡准确率代替准确率。",
  ),
  leakage: say(
    "训练与测试数据重复",
    "测试测到的是模型训练时见过的内容，结果因此偏好。",
    "划分之前去除重复；记录之间有关联时按来源（人、文档、日期）划分。",
  ),
  "not-shuffled": say(
    "数据未打乱",
    "每个批次只有少数类别，每一步都会忘掉其他类别。",
    "每轮都打乱：batches(data, { shuffle: true })；fit 会自动打乱。",
  ),
  "targets-not-scaled": say(
    "目标未缩放",
    "初始输出接近 0；用普通的学习率要很久才能到达这样的目标，或者会越过它。",
    "标准化目标，并在展示预测时还原。",
  ),
  "bounded-outputs": say(
    "输出范围受限",
    "无论权重如何，最后的激活函数都给不出这些值。",
    "回归和 logits 不要最后的激活函数，或把目标缩放到它的范围内。",
  ),
  "softmax-twice": say(
    "softmax 用了两次",
    "损失函数接受 logits，并自行应用 softmax 或 sigmoid。应用两次会使梯度变小，损失也有下限。",
    "去掉模型最后的激活函数；只在展示概率时使用。",
  ),
  "squared-error-on-classes": say(
    "分类用了平方误差",
    "平方误差经过 sigmoid 或 softmax 后，在模型错得很肯定的地方梯度消失。",
    "对 logits 使用 binaryCrossEntropyWithLogits 或 crossEntropy。",
  ),
  "high-initial-loss": say(
    "初始损失偏高",
    "模型对错误的答案很肯定，最初的许多步只是在撤销这一点。",
    "归一化输入，减小最后一层的初始权重，或在它之前加归一化层。",
  ),
  "non-finite": say(
    "出现非有限值",
    "某个值溢出或没有定义；一步之后所有权重都会是 NaN。",
    '用 debug({ nan: "throw" }) 找出它的来源；降低学习率，归一化输入，使用基于 logits 的损失。',
  ),
  "nothing-to-train": say(
    "没有可训练的参数",
    "没有任何参数参与训练，因此每一步都不会改变什么。",
    "用 nn.unfreeze(model, path) 解冻层，并把参数放在模型的公开字段里。",
  ),
  "unused-parameters": say(
    "参数未被使用",
    "损失与这些参数无关，它们永远不会学习。",
    "在 forward 中调用该层，或去掉它；检查途中是否有 detach() 或用 item() 读出的值。",
  ),
  "symmetric-units": say(
    "单元对称",
    "相等且梯度相等的单元会一直相等：整层只相当于一个单元。",
    "从随机权重开始（nn.init.heUniform 等）；只有偏置可以从 0 开始。",
  ),
  "dead-relu": say(
    "失活的 ReLU",
    "对所有输入都为 0 的 ReLU 不传递梯度，它之前的权重不再改变。",
    "降低学习率，归一化输入，偏置从 0 开始，使用 LeakyReLU 或 GELU，或在它之前加归一化层。",
  ),
  saturated: say(
    "激活饱和",
    "接近两端的 sigmoid 或 tanh 导数接近 0，不传递梯度。",
    "减小初始权重（nn.init.xavierUniform），归一化输入，或在它之前加归一化层。",
  ),
  "vanishing-gradients": say(
    "梯度消失",
    "靠前的层比靠后的层学得慢得多，甚至完全不学。",
    "使用 ReLU 或 GELU 和 He 初始化（nn.init.heNormal）、归一化层与残差连接。",
  ),
  "exploding-gradients": say(
    "梯度爆炸",
    "步长超出了梯度仍有意义的范围。",
    "裁剪梯度（fit: { clip: 1 }），减小初始权重，加入归一化层，降低学习率。",
  ),
  "learning-rate-too-high": say(
    "学习率过高",
    "步子迈过了头：损失本该下降，却上升或跳动。",
    "把学习率除以 10，使用预热，或让 optim.findLearningRate 给出建议。",
  ),
  "learning-rate-too-low": say(
    "学习率过低",
    "训练方向正确，但所需时间会是应有的许多倍。",
    "把学习率乘以 10，或让 optim.findLearningRate 给出建议。",
  ),
  "cannot-overfit": say(
    "无法记住一个批次",
    "连一个批次都记不住的模型学不会整个数据：输入、损失与权重之间有什么断开了。",
    "查看其他诊断；检查目标是否对应输入、是否有 detach、模型是否足够大。",
  ),
  "dropout-too-strong": say(
    "dropout 过强",
    "每一步剩下的单元太少，信号淹没在噪声里。",
    "使用 0.1 到 0.5；第一层之前用 0.2。",
  ),
  "small-norm-batch": say(
    "批归一化的批次过小",
    "批归一化从太少的记录计算均值和方差，它们大半是噪声，也与推理时不同。",
    "使用更大的批次，或改用与批次无关的 GroupNorm、LayerNorm。",
  ),
  "weight-decay-too-strong": say(
    "权重衰减过强",
    "权重缩小得比学习还快，最终模型对任何输入都给出相同结果。",
    "权重衰减取 1e-4 到 1e-2（AdamW：0.01 到 0.1），偏置不衰减（optim.noDecayOfVectors）。",
  ),
};
