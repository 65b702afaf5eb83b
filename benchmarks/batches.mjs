// Training data of the workloads: small synthetic tasks that a model of the right kind learns, so the loss has to fall.

/** The batches of a workload, as `{ x, y }`, or `{ x, labels }` where targets are classes. */
export function batchesOf(facts, numbers) {
  return makers[facts.data](numbers, facts);
}

const makers = {
  /** Images around one sparse prototype per class, with noise; one label in ten is drawn anew, so the loss stays above 0. */
  classes(numbers, { pixels, sizes, batch, batches }) {
    const features = pixels ?? sizes[0];
    const classes = sizes.at(-1);
    const sparse = () => (numbers.uniform() < 0.2 ? numbers.uniform() : 0);
    const prototypes = Array.from({ length: classes }, () =>
      Float32Array.from({ length: features }, sparse),
    );
    return Array.from({ length: batches }, () => {
      const x = new Float32Array(batch * features);
      const labels = new Int32Array(batch);
      for (let row = 0; row < batch; row++) {
        const label = numbers.integer(classes);
        labels[row] = numbers.uniform() < 0.1 ? numbers.integer(classes) : label;
        for (let k = 0; k < features; k++) {
          const pixel = 0.6 * prototypes[label][k] + 0.25 * numbers.normal();
          x[row * features + k] = Math.min(1, Math.max(0, pixel));
        }
      }
      return { x, labels };
    });
  },

  /** Sequences in which the next character is 3c + 7 modulo the vocabulary four times in five, else any; labels are the next ones. */
  characters(numbers, { vocabulary, time, batch, batches }) {
    return Array.from({ length: batches }, () => {
      const x = new Int32Array(batch * time);
      const labels = new Int32Array(batch * time);
      for (let row = 0; row < batch; row++) {
        let character = numbers.integer(vocabulary);
        for (let t = 0; t < time; t++) {
          x[row * time + t] = character;
          const rule = (3 * character + 7) % vocabulary;
          character = numbers.uniform() < 0.8 ? rule : numbers.integer(vocabulary);
          labels[row * time + t] = character;
        }
      }
      return { x, labels };
    });
  },

  /** Normal inputs; each target is a fixed difference of two inputs. */
  teacher(numbers, { sizes, batch, batches }) {
    const features = sizes[0];
    const outputs = sizes.at(-1);
    return Array.from({ length: batches }, () => {
      const x = Float32Array.from({ length: batch * features }, () => numbers.normal());
      const y = Float32Array.from({ length: batch * outputs }, (_, k) => {
        const column = k % outputs;
        const row = ((k - column) / outputs) * features;
        return 0.5 * (x[row + ((column + 1) % features)] - x[row + ((column + 511) % features)]);
      });
      return { x, y };
    });
  },

  exclusiveOr: () =>
    [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ].map(([a, b]) => ({ x: Float32Array.of(a, b), y: Float32Array.of(a === b ? 0 : 1) })),
};
