// What a panel's options say of its tooltip. Pure.
import { number, record } from "../../../api/decode";
import type { TooltipOrder } from "../../../charts/plugins/tooltip";

export interface TooltipLook {
  readonly mode: "multi" | "single" | "none";
  readonly order: TooltipOrder;
  readonly hideZeros: boolean;
  readonly most: { readonly width: number | undefined; readonly height: number | undefined };
}

export function tooltipLook(options: unknown): TooltipLook {
  const told = record(options);
  return {
    mode: told.mode === "single" || told.mode === "none" ? told.mode : "multi",
    order: told.sort === "asc" || told.sort === "none" ? told.sort : "desc",
    hideZeros: told.hideZeros === true,
    most: { width: number(told.maxWidth), height: number(told.maxHeight) },
  };
}
