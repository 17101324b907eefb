// The module "k6/ws": a session blocks the iteration; its handlers run inside of connect().
(native, glue) => {
  'use strict';
  const connect = (url, params, callback) => {
    if (typeof params === 'function') {
      callback = params;
      params = {};
    }
    if (typeof callback !== 'function') throw new Error('last argument to ws.connect must be a function');
    const id = native.number();
    const handlers = {};
    const timers = [];
    const emit = (name, ...args) => (handlers[name] || []).forEach((f) => f(...args));
    const keep = (timer) => { timers.push(timer); return timer; };
    let done = false;
    const response = { status: 0, url: String(url), headers: {}, body: '', error: '' };
    const socket = {
      on(name, f) { (handlers[name] = handlers[name] || []).push(f); },
      send(data) { native.wsSend(id, 'text', String(data)); },
      sendBinary(data) { native.wsSend(id, 'binary', data); },
      ping() { native.wsSend(id, 'ping', ''); },
      close(code) { native.wsClose(id, code === undefined ? 1000 : Number(code), ''); },
      setTimeout(f, ms) { keep(setTimeout(f, ms)); },
      setInterval(f, ms) { keep(setInterval(f, ms)); },
      setLoop(f) { keep(setInterval(f, 1)); },
    };
    glue.later(id, (event) => {
      switch (event.kind) {
        case 'open':
          response.status = event.status;
          response.headers = event.headers;
          callback(socket);
          return emit('open');
        case 'text': return emit('message', event.data);
        case 'binary': return emit('binaryMessage', event.data);
        case 'ping': return emit('ping');
        case 'pong': return emit('pong');
        case 'error':
          if (response.status === 0) {
            response.status = event.status;
            response.error = event.message;
          }
          return emit('error', { error: () => event.message });
        default:
          done = true;
          if (response.status === 101) emit('close', event.code);
      }
    });
    native.wsOpen(id, String(url), params, false);
    try {
      while (!done) {
        const next = native.nextEvent();
        if (next === undefined) break;
        glue.fire(next[0], next[1]);
      }
    } finally {
      native.wsClose(id, 1001, '');
      timers.forEach(clearTimeout);
      glue.forget(id);
    }
    return response;
  };
  return { connect };
}
