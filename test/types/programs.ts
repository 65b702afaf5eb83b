// Programs for the type checker: what it accepts and the shape it finds, what it rejects and what it says.

/** Text of a program and the type that its last line has. */
export interface Accepted {
  readonly text: string;
  readonly type: string;
}
/** Text of a program and words of the one message it must give. */
export interface Rejected {
  readonly text: string;
  readonly message: string;
}

export const accepted: readonly Accepted[] = [
  // creation
  { text: "zeros([2, 3])", type: "Tensor<[2, 3]>" },
  { text: "tensor([[1, 2, 3], [4, 5, 6]])", type: "Tensor<[2, 3]>" },
  { text: "tensor(new Float32Array(6), { shape: [2, 3] })", type: "Tensor<[2, 3]>" },
  { text: "tensor(5)", type: "Tensor<[]>" },
  { text: "eye(4)", type: "Tensor<[4, 4]>" },
  { text: "random.normal([batch, 3])", type: "Tensor<[any, 3]>" },
  { text: "zeros(anyShape)", type: "Tensor<any>" },
  // elementwise
  { text: "zeros([2, 3]).exp().relu()", type: "Tensor<[2, 3]>" },
  { text: "zeros([2, 3]).add(zeros([3]))", type: "Tensor<[2, 3]>" },
  { text: "zeros([2, 1]).mul(zeros([4, 1, 3]))", type: "Tensor<[4, 2, 3]>" },
  { text: "zeros([2, 3]).sub(1).maximum(0)", type: "Tensor<[2, 3]>" },
  { text: "zeros([batch, 3]).add(zeros([8, 3]))", type: "Tensor<[8, 3]>" },
  { text: "zeros([2, 3]).add(plain)", type: "Tensor<any>" },
  { text: "add(zeros([2, 3]), zeros([3]))", type: "Tensor<[2, 3]>" },
  { text: "sqrt(zeros([2, 3]))", type: "Tensor<[2, 3]>" },
  // products
  { text: "zeros([32, 784]).matmul(zeros([784, 10]))", type: "Tensor<[32, 10]>" },
  { text: "zeros([8, 1, 2, 3]).matmul(zeros([5, 3, 4]))", type: "Tensor<[8, 5, 2, 4]>" },
  { text: "zeros([2, 3]).matmul(plain)", type: "Tensor<any>" },
  { text: "zeros([batch, 3]).matmul(zeros([3, 4]))", type: "Tensor<[any, 4]>" },
  // reductions
  { text: "zeros([2, 3, 4]).sum()", type: "Tensor<[]>" },
  { text: "zeros([2, 3, 4]).mean({ axis: -1 })", type: "Tensor<[2, 3]>" },
  { text: "zeros([2, 3, 4]).max({ axis: [0, -1] })", type: "Tensor<[3]>" },
  { text: "zeros([2, 3]).sum({ axis: 1, keepDims: true })", type: "Tensor<[2, 1]>" },
  { text: "zeros([2, 3]).argMax({ axis: 0 })", type: "Tensor<[3]>" },
  { text: "zeros([2, 3]).sum({ axis: batch })", type: "Tensor<any>" },
  // shapes
  { text: "zeros([4, 28, 28]).reshape([4, 784])", type: "Tensor<[4, 784]>" },
  { text: "zeros([4, 28, 28]).reshape([4, -1])", type: "Tensor<[4, any]>" },
  { text: "plain.reshape([4, 784])", type: "Tensor<[4, 784]>" },
  { text: "zeros([64, 1, 28, 28]).flatten(1)", type: "Tensor<[64, 784]>" },
  { text: "zeros([512, 25088]).flatten()", type: "Tensor<[12845056]>" },
  { text: "zeros([2, 3, 4]).transpose()", type: "Tensor<[2, 4, 3]>" },
  { text: "zeros([2, 3, 4]).transpose(0, -1)", type: "Tensor<[4, 3, 2]>" },
  { text: "zeros([2, 3, 4]).permute([2, 0, 1])", type: "Tensor<[4, 2, 3]>" },
  { text: "zeros([2, 3]).unsqueeze(-1)", type: "Tensor<[2, 3, 1]>" },
  // layers
  { text: "new nn.Linear(784, 10).forward(zeros([32, 784]))", type: "Tensor<[32, 10]>" },
  { text: "new nn.Linear(784, 10).forward(plain)", type: "Tensor<any>" },
  { text: "new nn.Linear(batch, 10).forward(zeros([32, 784]))", type: "Tensor<[32, 10]>" },
  {
    text: "new nn.Sequential(new nn.Linear(784, 128), new nn.ReLU(), new nn.Linear(128, 10)).forward(zeros([32, 784]))",
    type: "Tensor<[32, 10]>",
  },
  {
    text: "new nn.Sequential(new nn.Sequential(new nn.Linear(4, 8)), new nn.Linear(8, 2)).forward(zeros([1, 4]))",
    type: "Tensor<[1, 2]>",
  },
  {
    text: "new nn.Sequential(...[1, 2, 3].map((n) => new nn.Linear(n, n + 1))).forward(plain)",
    type: "Tensor<any>",
  },
  {
    text: "new nn.Sequential(new nn.Conv2d(1, 32, 3), new nn.ReLU(), new nn.MaxPool2d(2)).forward(zeros([8, 1, 28, 28]))",
    type: "Tensor<[8, 32, any, any]>",
  },
  {
    text: "new nn.Sequential(new nn.Flatten(), new nn.Dropout(), new nn.Linear(784, 10)).forward(zeros([8, 1, 28, 28]))",
    type: "Tensor<[8, 10]>",
  },
  {
    text: "new nn.Sequential(new nn.Embedding(65, 32), new nn.LayerNorm(32), new nn.Linear(32, 65)).forward(zeros([8, 16], 'int32'))",
    type: "Tensor<[8, 16, 65]>",
  },
  {
    text: "new nn.Sequential(new nn.Residual(new nn.Linear(4, 4)), new nn.Linear(4, 2)).forward(zeros([1, 4]))",
    type: "Tensor<[1, 2]>",
  },
  // no ceremony: assigned again, with lengths that are not known
  {
    text: "(() => { let h = zeros([8, 4]); h = h.reshape([-1, 4]); return h; })()",
    type: "Tensor<[8, 4]>",
  },
  {
    text: "(() => { let h = zeros([1, 4]); h = zeros([batch, 4]); return h; })()",
    type: "Tensor<[1, 4]>",
  },
  {
    text: "(() => { let h = zeros([1, 4]); h = new nn.Linear(3, 4).forward(plain); return h; })()",
    type: "Tensor<[1, 4]>",
  },
  {
    text: "new nn.Linear(3, 1).forward(batch > 2 ? zeros([2, 3]) : zeros([4, 3]))",
    type: "Tensor<[2, 1] | [4, 1]>",
  },
  {
    text: "(new nn.Linear(4, 8) as nn.Linear).forward(zeros([1, 4]))",
    type: "Tensor<[1, any]>",
  },
  {
    text: "(batch > 2 ? zeros([3, 4]) : zeros([5, 4])).add(1).matmul(zeros([4, 2]))",
    type: "Tensor<[3 | 5, 2]>",
  },
  {
    text: "(<S extends readonly number[]>(x: Tensor<S>) => x.mul(2).add(1).exp())(zeros([2, 3]))",
    type: "Tensor<[2, 3]>",
  },
  { text: "((x: Tensor): Tensor => x)(zeros([2, 3]))", type: "Tensor<any>" },
  { text: "((x: Tensor<[number, 3]>) => x)(zeros([2, 3]))", type: "Tensor<[number, 3]>" },
  { text: "((x: Tensor<[2, 3]>) => x)(plain)", type: "Tensor<[2, 3]>" },
];

export const rejected: readonly Rejected[] = [
  {
    text: "zeros([32, 784]).matmul(zeros([128, 10]))",
    message: "matmul: inner sizes differ: [32, 784] × [128, 10] has 784 ≠ 128",
  },
  {
    text: "zeros([2, 3]).add(zeros([4]))",
    message: "shapes do not broadcast together: [2, 3] and [4]",
  },
  {
    text: "mul(zeros([2, 3]), zeros([2]))",
    message: "shapes do not broadcast together: [2, 3] and [2]",
  },
  {
    text: "zeros([batch, 3]).sub(zeros([batch, 4]))",
    message: "shapes do not broadcast together: [?, 3] and [?, 4]",
  },
  {
    text: "zeros([4, 28, 28]).reshape([4, 783])",
    message: "reshape: [4, 28, 28] has 3136 elements, which do not fill [4, 783]",
  },
  {
    text: "new nn.Linear(784, 10).forward(zeros([32, 128]))",
    message: "a layer 784→10 expects [..., 784]; received [32, 128]",
  },
  {
    text: "new nn.Sequential(new nn.Linear(784, 128), new nn.ReLU(), new nn.Linear(64, 10))",
    message: "a layer 64→10 expects [..., 64]; received [..., 128]",
  },
  {
    text: "new nn.Sequential(new nn.ReLU(), new nn.Linear(4, 2)).forward(zeros([8, 5]))",
    message: "a layer 4→2 expects [..., 4]; received [8, 5]",
  },
  {
    text: "new nn.Sequential(new nn.Conv2d(1, 32, 3), new nn.MaxPool2d(2), new nn.Conv2d(64, 8, 3))",
    message: "a layer 64→8 expects [batch, 64, ...]; received [?, 32, ...]",
  },
  {
    text: "new nn.Sequential(new nn.Flatten(), new nn.Linear(100, 10)).forward(zeros([8, 1, 28, 28]))",
    message: "a layer 100→10 expects [..., 100]; received [8, 784]",
  },
  {
    text: "((x: Tensor<[number, 784]>) => x)(zeros([32, 10]))",
    message: "Type '10' is not assignable to type '784'",
  },
];
