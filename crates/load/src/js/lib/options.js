// The module "k6/options": only types, so nothing at run time.
() => ({})
