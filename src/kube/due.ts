// Things that become due, the earliest first: a binary heap. Single entries are never removed: who takes one asks whether it still holds, and
// puts in anew what does when too many no longer do.

export interface Due<T> {
  readonly at: number;
  readonly item: T;
}

export class DueHeap<T> {
  readonly #heap: Due<T>[] = [];

  get first(): Due<T> | undefined {
    return this.#heap[0];
  }

  get size(): number {
    return this.#heap.length;
  }

  clear(): void {
    this.#heap.length = 0;
  }

  push(entry: Due<T>): void {
    const heap = this.#heap;
    let index = heap.length;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Due<T>;
      if (above.at <= entry.at) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = entry;
  }

  pop(): Due<T> | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && (heap[child + 1] as Due<T>).at < (heap[child] as Due<T>).at) child++;
      if ((heap[child] as Due<T>).at >= last.at) break;
      heap[index] = heap[child] as Due<T>;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}
