import { Gauge, type Registry } from 'prom-client';

/** A gauge that is absent while nobody knows its value; a 0 would look as if all were well. */
export class KnownGauge<Label extends string = never> {
  readonly #gauge: Gauge<Label>;

  constructor(registry: Registry, name: string, help: string, labelNames: Label[] = []) {
    this.#gauge = new Gauge({ name, help, labelNames, registers: [registry] });
    // Without labels, it would begin at 0.
    if (labelNames.length === 0) this.#gauge.remove();
  }

  /** Shows a value; undefined if it is not known. */
  show(value: number | undefined): void {
    if (value === undefined) this.#gauge.remove();
    else this.#gauge.set(value);
  }

  /** Shows these values and no others. */
  showEach(values: [labels: Record<Label, string>, value: number][]): void {
    this.#gauge.reset();
    for (const [labels, value] of values) this.#gauge.set(labels, value);
  }
}
