// The module "k6/metrics": custom metrics.
(native) => {
  'use strict';
  const kind = (type) => class {
    #id;
    constructor(name, isTime) {
      if (!native.inInit()) throw new Error('metrics must be declared in the init context');
      this.#id = native.metric(String(name === undefined ? '' : name), type, !!isTime);
      Object.defineProperty(this, 'name', { value: String(name), enumerable: true });
    }
    add(value, tags) {
      native.outsideInit('Adding to a metric');
      return native.addMetric(this.#id, value === null ? NaN : Number(value), tags);
    }
  };
  const Counter = kind('counter');
  const Gauge = kind('gauge');
  const Rate = kind('rate');
  const Trend = kind('trend');
  return { Counter, Gauge, Rate, Trend };
}
