// The two kernels that the wasm backend of TensorFlow.js lacks and that training needs, written with its other ops: the
// weight gradient of a convolution (W3) and the sum by segments, the gradient of a look-up (W4, W5).

/** Registers both for the backend in use; rows measured with them are a variant of their own. */
export function addMissingKernels(tf) {
  const register = (kernelName, f) =>
    tf.registerKernel({
      kernelName,
      backendName: "wasm",
      kernelFunc: (call) => tf.tidy(() => f(call)),
    });
  register("Conv2DBackpropFilter", ({ inputs: { x, dy }, attrs }) =>
    weightGradient(tf, x, dy, attrs),
  );
  register("UnsortedSegmentSum", ({ inputs, attrs }) => segmentSum(tf, inputs, attrs));
}

/** With images as channels and channels as images, the weight gradient is a convolution (stride 1, channels last). */
function weightGradient(tf, x, dy, { strides, pad }) {
  const images = tf.transpose(x, [3, 1, 2, 0]); // [Ci, Y, X, B]
  const kernels = tf.transpose(dy, [1, 2, 0, 3]); // [Yo, Xo, B, Co]
  return tf.transpose(tf.conv2d(images, kernels, strides, pad), [1, 2, 0, 3]); // [ky, kx, Ci, Co]
}

/** Sum of rows with equal ids, as a product with their one-hot rows. */
function segmentSum(tf, { x, segmentIds }, { numSegments }) {
  const rows = segmentIds.shape[0];
  const oneHot = tf.cast(tf.oneHot(segmentIds, numSegments), "float32");
  const sums = tf.matMul(oneHot, tf.reshape(x, [rows, -1]), true, false);
  return sums.reshape([numSegments, ...x.shape.slice(1)]);
}
