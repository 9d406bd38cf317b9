"use client";
import { Menu as Base } from "@base-ui/react/menu";
import { Check } from "lucide-react";
import Link from "next/link";
import type { ReactElement, ReactNode } from "react";
import { classNames } from "./class-names.ts";

const ITEM =
  "flex w-full cursor-default select-none items-center gap-2.5 rounded-md px-2.5 py-2 text-left text-sm outline-none " +
  "data-[highlighted]:bg-hazel-wash data-[disabled]:opacity-50 [&_svg]:size-4";

/** A menu that `trigger` (a button) opens. In it are the parts below. */
export function Menu({
  trigger,
  children,
  align = "end",
}: {
  trigger: ReactElement;
  children: ReactNode;
  align?: "start" | "end";
}) {
  return (
    <Base.Root modal={false}>
      <Base.Trigger render={trigger} />
      <Popup align={align}>{children}</Popup>
    </Base.Root>
  );
}

/**
 * A menu at `anchor`, for buttons that the server has drawn: one for all of them. Pressing the button again closes it, and
 * the focus returns to the button.
 */
export function MenuAt({
  anchor,
  open,
  onOpenChange,
  children,
}: {
  anchor: HTMLElement;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  children: ReactNode;
}) {
  return (
    <Base.Root
      modal={false}
      open={open}
      onOpenChange={(next, { event }) => {
        // The button itself says what happens.
        if (!(event.type !== "keydown" && event.target instanceof Node && anchor.contains(event.target)))
          onOpenChange(next);
      }}
    >
      <Popup align="end" anchor={anchor}>
        {children}
      </Popup>
    </Base.Root>
  );
}

function Popup({ align, anchor, children }: { align: "start" | "end"; anchor?: HTMLElement; children: ReactNode }) {
  return (
    <Base.Portal>
      <Base.Positioner
        className="outline-none"
        align={align}
        sideOffset={6}
        collisionPadding={8}
        {...(anchor ? { anchor } : {})}
      >
        <Base.Popup
          {...(anchor ? { finalFocus: () => !hasMovedOn(anchor) && anchor } : {})}
          className={
            "max-h-[var(--available-height)] min-w-48 max-w-[calc(100vw-1rem)] overflow-y-auto overscroll-contain origin-[var(--transform-origin)] rounded-control border border-line bg-raised p-1 text-ink " +
            "shadow-float outline-none transition-[opacity,transform] duration-150 ease-calm " +
            "data-[ending-style]:scale-97 data-[ending-style]:opacity-0 data-[starting-style]:scale-97 data-[starting-style]:opacity-0"
          }
        >
          {children}
        </Base.Popup>
      </Base.Positioner>
    </Base.Portal>
  );
}

/** True if the menu has opened a dialog that has the focus now: the menu, which closes later, must not take it back. */
function hasMovedOn(anchor: HTMLElement): boolean {
  const dialog = document.activeElement?.closest('[role="dialog"], [role="alertdialog"]');
  return dialog ? !dialog.contains(anchor) : false;
}

export type MenuItemProps = {
  icon?: ReactNode;
  tone?: "bad";
  disabled?: boolean;
  onSelect: () => void;
  children: ReactNode;
};

export function MenuItem({ icon, tone, disabled = false, onSelect, children }: MenuItemProps) {
  return (
    <Base.Item
      disabled={disabled}
      onClick={onSelect}
      className={classNames(ITEM, tone === "bad" ? "text-bad data-[highlighted]:bg-bad-wash" : "[&_svg]:text-faint")}
    >
      {icon}
      {children}
    </Base.Item>
  );
}

/** A page of ours, in this tab. */
export function MenuPage({ icon, href, children }: { icon?: ReactNode; href: string; children: ReactNode }) {
  return (
    <Base.LinkItem
      closeOnClick
      render={<Link prefetch={false} href={href} />}
      className={classNames(ITEM, "[&_svg]:text-faint")}
    >
      {icon}
      {children}
    </Base.LinkItem>
  );
}

export type MenuChoiceProps<T extends string> = {
  label: string;
  options: readonly { value: T; label: string; icon: ReactNode }[];
  value: T;
  onChange: (value: T) => void;
};

/** One of several; the menu stays open, so that the choice can be seen and taken back. */
export function MenuChoice<T extends string>({ label, options, value, onChange }: MenuChoiceProps<T>) {
  return (
    <Base.Group>
      <Base.GroupLabel className="px-2.5 pt-1.5 pb-1 text-[0.8125rem] text-faint">{label}</Base.GroupLabel>
      <Base.RadioGroup value={value} onValueChange={(next: T) => onChange(next)}>
        {options.map((option) => (
          <Base.RadioItem
            key={option.value}
            value={option.value}
            closeOnClick={false}
            className={classNames(ITEM, "[&_svg]:text-faint")}
          >
            {option.icon}
            <span className="flex-1">{option.label}</span>
            <Base.RadioItemIndicator className="[&_svg]:text-hazel">
              <Check aria-hidden />
            </Base.RadioItemIndicator>
          </Base.RadioItem>
        ))}
      </Base.RadioGroup>
    </Base.Group>
  );
}

/** A page in a tab of its own, so that this one goes on with what it does. */
export function MenuLink({ icon, href, children }: { icon?: ReactNode; href: string; children: ReactNode }) {
  return (
    <Base.LinkItem href={href} target="_blank" rel="noreferrer" className={classNames(ITEM, "[&_svg]:text-faint")}>
      {icon}
      {children}
    </Base.LinkItem>
  );
}

export function MenuSeparator() {
  return <hr className="my-1 h-px border-0 bg-line" />;
}
