// The module "k6/websockets": the browser's event interface; the iteration lasts as long as a socket is open.
(native, glue) => {
  'use strict';
  class Blob {
    #bytes;
    constructor(parts = [], options = {}) {
      const all = [];
      for (const part of parts) all.push(...new Uint8Array(typeof part === 'string' ? native.utf8Encode(part) : part instanceof Blob ? part.#bytes.buffer : native.copy(part)));
      this.#bytes = new Uint8Array(all);
      this.type = options.type || '';
      this.size = this.#bytes.length;
    }
    async arrayBuffer() { return this.#bytes.slice().buffer; }
    async bytes() { return this.#bytes.slice(); }
    async text() { return native.utf8Decode(this.#bytes, false); }
    static bytesOf(blob) { return blob.#bytes.buffer; }
  }
  const bytesOf = Blob.bytesOf;
  delete Blob.bytesOf;
  const KINDS = ['open', 'message', 'ping', 'pong', 'close', 'error'];
  class WebSocket {
    #id;
    #listeners = {};
    constructor(url, protocols, params) {
      this.url = String(url);
      this.readyState = 0;
      this.binaryType = 'blob';
      this.bufferedAmount = 0;
      this.protocol = '';
      this.extensions = '';
      for (const kind of KINDS) this['on' + kind] = null;
      const wanted = protocols === undefined || protocols === null ? [] : [].concat(protocols);
      const all = Object.assign({}, params);
      if (wanted.length > 0) all.headers = Object.assign({}, all.headers, { 'Sec-WebSocket-Protocol': wanted.join(', ') });
      this.#id = native.number();
      glue.later(this.#id, (event) => this.#take(event));
      native.wsOpen(this.#id, this.url, all, true);
    }
    addEventListener(kind, f) {
      if (!KINDS.includes(kind)) throw new Error('unknown event type: ' + kind);
      if (typeof f !== 'function') throw new Error('handler for event type "' + kind + '" isn\'t a function');
      (this.#listeners[kind] = this.#listeners[kind] || []).push(f);
    }
    removeEventListener(kind, f) { this.#listeners[kind] = (this.#listeners[kind] || []).filter((g) => g !== f); }
    send(data) {
      if (this.readyState !== 1) throw new Error('InvalidStateError: the socket is not open');
      if (typeof data === 'string') native.wsSend(this.#id, 'text', data);
      else native.wsSend(this.#id, 'binary', data instanceof Blob ? bytesOf(data) : data);
    }
    ping() {
      if (this.readyState !== 1) throw new Error('InvalidStateError: the socket is not open');
      native.wsSend(this.#id, 'ping', '');
    }
    close(code, reason) {
      if (this.readyState >= 2) return;
      this.readyState = 2;
      native.wsClose(this.#id, code === undefined ? 1000 : Number(code), reason === undefined ? '' : String(reason));
    }
    #emit(kind, more) {
      const event = Object.assign({ type: kind, target: this, timestamp: Date.now() }, more);
      if (typeof this['on' + kind] === 'function') this['on' + kind](event);
      (this.#listeners[kind] || []).forEach((f) => f.call(this, event));
    }
    #take(event) {
      switch (event.kind) {
        case 'open':
          this.readyState = 1;
          this.protocol = event.protocol;
          return this.#emit('open');
        case 'text': return this.#emit('message', { data: event.data });
        case 'binary': return this.#emit('message', { data: this.binaryType === 'arraybuffer' ? event.data : new Blob([event.data]) });
        case 'error': return this.#emit('error', { error: event.message });
        case 'close':
          this.readyState = 3;
          glue.forget(this.#id);
          return this.#emit('close', { code: event.code, reason: event.reason, wasClean: event.code !== 1006 });
        default: return this.#emit(event.kind);
      }
    }
  }
  for (const [name, value] of Object.entries({ CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 })) Object.defineProperty(WebSocket, name, { value, enumerable: true });
  return { WebSocket, Blob };
}
