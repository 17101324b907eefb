// The module "k6/timers": the globals under their own name.
() => ({ setTimeout, setInterval, clearTimeout, clearInterval })
