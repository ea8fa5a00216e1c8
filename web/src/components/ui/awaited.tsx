import { Component, type ReactNode, Suspense } from "react";

import { cn } from "@/lib/cn";
import { NotLoaded, anew } from "@/lib/part";
import { words } from "@/lib/strings";

import { Button } from "./button";

const w = words.state;

interface Props {
  children: ReactNode;
  /** What stands there until it has come. */
  fallback?: ReactNode;
  /** For what opens over a page: whether that is wanted now, and what is done when somebody gives it up. */
  open?: boolean;
  close?: () => void;
}

/**
 * Round parts that are loaded when they are first wanted. One that does not come says so in its place and can be asked for
 * again; everything round it stays as it is, with what was written there.
 */
export class Awaited extends Component<Props, { error: unknown }> {
  override state = { error: undefined as unknown };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override componentDidUpdate(before: Props) {
    if (this.state.error && this.props.open && !before.open) this.again();
  }

  again = () => {
    anew();
    this.setState({ error: undefined });
  };

  override render() {
    const { children, fallback, open, close } = this.props;
    const { error } = this.state;
    if (error === undefined) return <Suspense fallback={fallback}>{children}</Suspense>;
    if (!(error instanceof NotLoaded)) throw error; // a fault: the page's own boundary tells of it
    if (open === false) return null;
    return <Missing again={this.again} close={close} over={open !== undefined} />;
  }
}

/** What stands in place of a part, or of a whole `page`, that did not come. */
export function Missing({ again, close, over, page }: { again: () => void; close?: (() => void) | undefined; over?: boolean; page?: true }) {
  const Title = page ? "h1" : "p";
  return (
    <div role="alert" className={cn("grid gap-3 p-4", over && "fixed inset-x-4 bottom-20 z-40 mx-auto max-w-sm rounded-xl border border-line-strong bg-surface shadow-lg")}>
      <Title className="font-medium">{w.missingPart}</Title>
      <p className="text-sm text-muted">{navigator.onLine ? w.missingPartNewer : w.missingPartHint}</p>
      <div className={cn("flex flex-wrap gap-2", over && "justify-end")}>
        {close && <Button onClick={close}>{words.form.close}</Button>}
        {navigator.onLine && <Button onClick={() => location.reload()}>{w.reload}</Button>}
        <Button kind="primary" onClick={again}>{w.again}</Button>
      </div>
    </div>
  );
}
