// What is shown of a value, behind its links: one is followed by a click, of several one is chosen.
import { Menu } from "@mantine/core";
import type { CSSProperties, ReactNode } from "react";
import { apiUrl } from "../../../api/http";
import { directLink, type FilledLink } from "./dataLinks";
import styles from "./links.module.css";

interface Props {
  links: readonly FilledLink[];
  className?: string | undefined;
  style?: CSSProperties | undefined;
  children: ReactNode;
}

/** An address of this server becomes one under the path that it is served at. */
export function fullHref(href: string): string {
  return href.startsWith("http") ? href : apiUrl(href).href;
}

export function LinkedBox({ links, className, style, children }: Props) {
  const direct = directLink(links);
  if (links.length === 0) return children;
  const classes = className === undefined ? styles.linked : `${styles.linked} ${className}`;
  if (direct !== undefined) {
    return (
      <a
        className={classes}
        style={style}
        href={fullHref(direct.href)}
        title={direct.title}
        target={direct.newTab ? "_blank" : undefined}
        rel="noreferrer"
      >
        {children}
      </a>
    );
  }
  return (
    <Menu position="bottom" offset={4}>
      <Menu.Target>
        <button type="button" className={classes} style={style} title={`${links.length} links`}>
          {children}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <LinkItems links={links} />
      </Menu.Dropdown>
    </Menu>
  );
}

export function LinkItems({ links }: { links: readonly FilledLink[] }) {
  return links.map((one) => (
    <Menu.Item
      key={`${one.title} ${one.href}`}
      component="a"
      href={fullHref(one.href)}
      target={one.newTab ? "_blank" : undefined}
      rel="noreferrer"
    >
      {one.title}
    </Menu.Item>
  ));
}
