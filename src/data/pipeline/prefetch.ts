// Making some batches ahead of the one in use, in order and with bounded memory.

/** Keeps up to `count` items of an iterator under way. An error comes in its turn; leaving early ends the iterator. */
export async function* prefetched<T>(
  items: AsyncGenerator<T, void, void>,
  count: number,
): AsyncGenerator<T, void, void> {
  const ahead: Promise<IteratorResult<T, void>>[] = [];
  try {
    for (;;) {
      while (ahead.length < count) {
        const next = items.next();
        next.catch(() => {}); // it is awaited below, perhaps after an error before it
        ahead.push(next);
      }
      const { done, value } = await ahead.shift()!;
      if (done) return;
      yield value as T;
    }
  } finally {
    await items.return();
  }
}
