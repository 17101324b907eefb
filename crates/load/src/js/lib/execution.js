// The module "k6/execution": where the script is and what it may say about it.
(native) => {
  'use strict';
  const info = (object, names) => {
    const out = {};
    for (const name of names) Object.defineProperty(out, name, { enumerable: true, get: () => native.info(object + '.' + name) });
    return out;
  };
  const scenario = info('scenario', ['name', 'executor', 'startTime', 'progress', 'iterationInInstance', 'iterationInTest']);
  const instance = info('instance', ['iterationsInterrupted', 'iterationsCompleted', 'vusActive', 'vusInitialized', 'currentTestRunDuration']);
  const vu = info('vu', ['idInInstance', 'idInTest', 'iterationInInstance', 'iterationInScenario']);
  const text = (v) => {
    if (v === null || v === undefined || (typeof v === 'object') || typeof v === 'function') throw new TypeError('only String, Boolean and Number types are accepted as a tag value');
    return String(v);
  };
  const bag = (which) => new Proxy({}, {
    get: (_, key) => (typeof key === 'string' ? native.tagGet(which, key) : undefined),
    set: (_, key, value) => { native.tagSet(which, String(key), text(value)); return true; },
    has: (_, key) => native.tagGet(which, String(key)) !== undefined,
    deleteProperty: (_, key) => { native.tagDelete(which, String(key)); return true; },
    ownKeys: () => native.tagKeys(which),
    getOwnPropertyDescriptor: (_, key) => {
      const value = native.tagGet(which, String(key));
      return value === undefined ? undefined : { value, enumerable: true, configurable: true, writable: true };
    },
  });
  const tags = bag('tags');
  Object.defineProperty(vu, 'tags', { enumerable: true, value: tags });
  Object.defineProperty(vu, 'metrics', { enumerable: true, value: { tags, metadata: bag('metadata') } });
  let options;
  const test = {
    abort: (reason) => native.abort(reason === undefined ? '' : String(reason)),
    fail: (reason) => native.fail(reason === undefined ? '' : String(reason)),
  };
  Object.defineProperty(test, 'options', {
    enumerable: true,
    get: () => {
      if (options === undefined) options = Object.freeze(JSON.parse(native.options()));
      return options;
    },
  });
  return { scenario, instance, vu, test };
}
