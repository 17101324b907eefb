// The module "k6/data": arrays that exist once a process, whatever the number of VUs.
(native) => {
  'use strict';
  const freeze = (v) => {
    if (v !== null && typeof v === 'object') {
      Object.values(v).forEach(freeze);
      Object.freeze(v);
    }
    return v;
  };
  const refuse = () => { throw new TypeError('SharedArray is immutable'); };
  const SharedArray = function (name, make) {
    if (!new.target) throw new TypeError('SharedArray must be called with new');
    if (!native.inInit()) throw new Error('new SharedArray must be called in the init context');
    if (typeof name !== 'string' || name === '') throw new Error('empty name provided to SharedArray\'s constructor');
    if (typeof make !== 'function') throw new Error('a function is expected as the second argument of SharedArray\'s constructor');
    let length = native.sharedLength(name);
    if (length < 0) {
      const made = make();
      if (!Array.isArray(made)) throw new Error('only arrays can be made into SharedArray');
      length = native.sharedPut(name, made.map((x) => { const t = JSON.stringify(x); return t === undefined ? 'null' : t; }));
    }
    const index = (key) => (typeof key === 'string' && /^(0|[1-9]\d*)$/.test(key) && Number(key) < length ? Number(key) : -1);
    const at = (i) => freeze(JSON.parse(native.sharedGet(name, i)));
    return new Proxy([], {
      get: (target, key) => {
        if (key === 'length') return length;
        const i = index(key);
        return i >= 0 ? at(i) : target[key];
      },
      has: (target, key) => index(key) >= 0 || key in target,
      set: refuse,
      defineProperty: refuse,
      deleteProperty: refuse,
      ownKeys: () => [...Array(length).keys()].map(String).concat(['length']),
      getOwnPropertyDescriptor: (target, key) => {
        const i = index(key);
        if (i >= 0) return { value: at(i), enumerable: true, configurable: true, writable: false };
        return key === 'length' ? { value: length, enumerable: false, configurable: false, writable: true } : undefined;
      },
    });
  };
  return { SharedArray };
}
