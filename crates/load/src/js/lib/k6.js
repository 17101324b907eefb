// The module "k6": check, fail, group, sleep, randomSeed.
(native) => {
  'use strict';
  const isAsync = (f) => typeof f === 'function' && Object.prototype.toString.call(f) === '[object AsyncFunction]';
  const named = (name, what) => {
    if (String(name).includes('::')) throw new Error('group and check names may not contain \'::\'');
    return String(name);
  };
  const check = (value, checks, tags) => {
    native.outsideInit('Using check()');
    if (checks === undefined || checks === null) throw new Error('no checks provided to `check`');
    let all = true;
    const at = native.now();
    for (const key of Object.keys(checks)) {
      const name = named(key);
      const test = checks[key];
      if (isAsync(test)) throw new Error('a check cannot be an async function: ' + name);
      let held = test;
      if (typeof test === 'function') {
        try {
          held = test(value);
        } catch (e) {
          native.check(name, false, tags, at);
          throw e;
        }
      }
      if (held instanceof Promise) throw new Error('a check cannot return a promise: ' + name);
      native.check(name, !!held, tags, at);
      if (!held) all = false;
    }
    return all;
  };
  const group = (name, f) => {
    native.outsideInit('Using group()');
    if (isAsync(f)) throw new Error('group() does not support async functions as arguments, please see https://grafana.com/docs/k6/latest/javascript-api/k6/group/ for more info');
    if (typeof f !== 'function') throw new Error('group() requires a callback as a second argument');
    const before = native.enterGroup(named(name));
    const began = native.clock();
    try {
      return f();
    } finally {
      native.leaveGroup(before, native.clock() - began);
    }
  };
  const fail = (message) => { throw new Error(message === undefined ? '' : String(message)); };
  const sleep = (seconds) => {
    native.outsideInit('Using sleep()');
    const s = Number(seconds);
    if (s > 0) native.sleep(s);
  };
  const randomSeed = (seed) => {
    let state = (Math.floor(Number(seed)) ^ 0x9e3779b9) >>> 0;
    Math.random = () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = state;
      t = Math.imul(t ^ (t >>> 15), t | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
  };
  return { check, fail, group, randomSeed, sleep };
}
