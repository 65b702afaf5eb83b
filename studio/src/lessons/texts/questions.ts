// The questions of the five tutorials' appendices, answered in our own words.

import type { Both } from "../../language/language.ts";

/** A question with its answer in paragraphs, and lessons by id. */
export interface Answered {
  readonly ask: Both;
  readonly answer: readonly Both[];
  readonly see: readonly string[];
}

export const questions: readonly Answered[] = [
  {
    ask: { en: "What is backpropagation?", zh: "什么是反向传播？" },
    answer: [
      {
        en: "A way to compute the derivative of one number, the loss, by all the weights of a network at once. It applies the chain rule from the loss back to the inputs and keeps every intermediate result, so that nothing is computed twice.",
        zh: "一种方法：一次算出一个数（损失）对网络全部权重的导数。它从损失往回向输入应用链式法则，并保留每个中间结果，因此什么都不会算两遍。",
      },
      {
        en: "It is not a training algorithm: it computes the gradient and changes nothing. What changes the weights is the optimizer, and the same gradient serves gradient descent, Adam or L-BFGS.",
        zh: "它不是训练算法：它只计算梯度，什么也不改变。改变权重的是优化器；同一个梯度可以供梯度下降、Adam 或 L-BFGS 使用。",
      },
    ],
    see: ["chain-rule", "two-three-one"],
  },
  {
    ask: { en: "What are the steps of training?", zh: "训练有哪些步骤？" },
    answer: [
      {
        en: "Forward: compute the output and keep what was computed on the way. Loss: compare with the target; the error is known here already. Backward: compute all derivatives. Update: change all weights. Then again, with the next batch.",
        zh: "前向：算出输出，并记住途中的结果。损失：与目标比较，误差在这里就已知道。反向：算出全部导数。更新：改变全部权重。然后换下一批数据，重复进行。",
      },
      {
        en: "The order matters: first *all* gradients, then all updates. A layer's gradient needs the old weights of the layer above.",
        zh: "次序很重要：先算*全部*梯度，再做全部更新。一层的梯度要用到上一层更新之前的权重。",
      },
    ],
    see: ["two-three-one", "linear-regression"],
  },
  {
    ask: { en: "Why do networks need activation functions?", zh: "为什么需要激活函数？" },
    answer: [
      {
        en: "Because linear layers put together are one linear layer. With a non-linear function between them a network can bend and fold, and with enough units it can come as near as you like to any continuous function.",
        zh: "因为线性层叠在一起仍是一个线性层。在它们之间放上非线性函数，网络就能弯曲和折叠；单元足够多时，可以任意逼近任何连续函数。",
      },
    ],
    see: ["activations"],
  },
  {
    ask: {
      en: "Why is there a learning rate, and how is it chosen?",
      zh: "为什么需要学习率？怎样选择？",
    },
    answer: [
      {
        en: "The gradient says how steep the loss is here, not how far away its minimum is. The learning rate turns a slope into a step. Too large, and steps jump over the goal and further away each time; too small, and training takes for ever.",
        zh: "梯度说的是此处有多陡，而不是最小值有多远。学习率把斜率变成步长。太大，步子会跨过目标，一次比一次远；太小，训练就没完没了。",
      },
      {
        en: "To choose it: start at 0.001 for Adam or 0.1 for SGD, go up and down in factors of three, and take the largest rate at which the loss falls smoothly. Lower it towards the end of training.",
        zh: "选择方法：Adam 从 0.001、SGD 从 0.1 开始，按三倍上下试探，取损失仍平稳下降的最大值；训练接近结束时再把它调小。",
      },
    ],
    see: ["learning-rate", "optimizers"],
  },
  {
    ask: { en: "What are vanishing and exploding gradients?", zh: "什么是梯度消失和梯度爆炸？" },
    answer: [
      {
        en: "A gradient is a product with a factor for each layer. Factors below 1 make it shrink exponentially with depth, factors above 1 make it grow. Then the first layers learn nothing, or one step destroys all weights.",
        zh: "梯度是一个乘积，每一层贡献一个因子。因子小于 1，它随深度指数式缩小；因子大于 1，它指数式增大。前者使前面几层学不到东西，后者一步就毁掉全部权重。",
      },
    ],
    see: ["vanishing-gradients", "exploding-gradients"],
  },
  {
    ask: {
      en: "What helps against vanishing and exploding gradients?",
      zh: "怎样解决梯度消失和梯度爆炸？",
    },
    answer: [
      {
        en: "The two need different remedies, though lists often mix them. Against vanishing: ReLU instead of sigmoid, weights of the right size at the start, residual connections. Against exploding: clipping, smaller weights or a smaller learning rate. Normalisation helps against both.",
        zh: "两者需要不同的办法，虽然常被列在一起。针对消失：用 ReLU 代替 sigmoid，初始权重大小合适，残差连接。针对爆炸：梯度裁剪，更小的权重或学习率。归一化对两者都有帮助。",
      },
    ],
    see: ["vanishing-gradients", "exploding-gradients"],
  },
  {
    ask: { en: "How are several classes handled?", zh: "如何处理多分类问题？" },
    answer: [
      {
        en: "With one output per class, softmax and cross-entropy. The gradient of the loss by the logits is then simply $p - y$. Use a loss that takes logits, which stays exact where a probability would round to 0.",
        zh: "每个类别一个输出，加上 softmax 和交叉熵。这时损失对 logits 的梯度就是 $p - y$。应使用接受 logits 的损失：在概率会舍入成 0 的地方，它仍然准确。",
      },
      {
        en: "If the classes do not exclude each other (a picture with a dog *and* a ball), each output gets its own sigmoid and binary cross-entropy.",
        zh: "如果类别并不互斥（一张图里既有狗*又*有球），就给每个输出各自的 sigmoid 和二元交叉熵。",
      },
    ],
    see: ["multi-class", "relu-bce", "digits"],
  },
  {
    ask: {
      en: "Why is backpropagation said to take O(n)?",
      zh: "为什么说反向传播的时间复杂度是 O(n)？",
    },
    answer: [
      {
        en: "If $n$ is the number of *weights*: for one sample, the forward pass uses each weight once, and the backward pass twice, for $W^{\\mathsf T} \\delta$ and for $\\delta a^{\\mathsf T}$. Each use is one multiplication. In the number of *units* it is not linear: a layer of $n$ units after $n$ units has $n^2$ weights.",
        zh: "如果 $n$ 指*权重*的个数：对一个样本，前向时每个权重用一次，反向时用两次，一次为 $W^{\\mathsf T} \\delta$，一次为 $\\delta a^{\\mathsf T}$，每次是一个乘法。按*单元*的个数算则不是线性的：$n$ 个单元接 $n$ 个单元，就有 $n^2$ 个权重。",
      },
      {
        en: "What is remarkable is something else: all derivatives together cost only about twice as much as the loss itself. Finite differences would need a forward pass for every weight.",
        zh: "真正了不起的是另一点：全部导数合起来，代价只有计算损失本身的两倍左右。而用有限差分，每个权重都要一次前向计算。",
      },
    ],
    see: ["chain-rule"],
  },
  {
    ask: { en: "What are the advantages of backpropagation?", zh: "反向传播有哪些优点？" },
    answer: [
      {
        en: "It is exact, it costs little, and it works for every program made of differentiable operations, whatever its shape. It *is* automatic differentiation in reverse mode; one does not come with the other.",
        zh: "它精确，代价小，而且适用于任何由可微运算组成的程序，不论结构如何。它*就是*反向模式的自动微分，并不是附带了自动微分这个功能。",
      },
    ],
    see: ["chain-rule", "two-three-one"],
  },
  {
    ask: { en: "What are the limits of backpropagation?", zh: "反向传播有哪些局限？" },
    answer: [
      {
        en: "Everything from the forward pass must be kept until the backward pass has used it, so memory grows with depth and batch size. And it needs derivatives: through a hard choice, such as rounding or taking the largest, no gradient flows.",
        zh: "前向的全部结果要保留到反向用完为止，所以内存随深度和批量大小增长。它还需要导数：取整、取最大者这类硬性选择，没有梯度可以通过。",
      },
      {
        en: "Local minima and saddle points are often named here, but they concern the optimizer that uses the gradient, not how the gradient is computed.",
        zh: "局部最小值和鞍点常在这里被提到，但那是使用梯度的优化器的问题，与梯度怎样计算无关。",
      },
    ],
    see: ["optimizers", "activations"],
  },
  {
    ask: { en: "How can training be made better?", zh: "怎样让训练更好？" },
    answer: [
      {
        en: "Faster: an optimizer that adapts its steps, such as Adam, a schedule for the learning rate, normalisation. Better on new data: more data, or data augmented by small changes, weight decay, dropout, and stopping when the loss on unseen data rises.",
        zh: "更快：用会自动调整步长的优化器（如 Adam）、学习率调度、归一化。在新数据上更好：更多数据，或用小变化扩充的数据，权重衰减，dropout，以及在未见数据的损失开始上升时停止。",
      },
    ],
    see: ["optimizers", "digits"],
  },
];
