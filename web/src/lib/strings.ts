/** Every word that people read, in one place: a translation is another object of this shape. */
export const en = {
  product: "Daybook",
  skip: "Skip to content",
  signIn: {
    title: "Sign in",
    email: "E-mail",
    password: "Password",
    centre: "Centre",
    centreHint: "The short name of your centre. Needed only if you work at several.",
    submit: "Sign in",
    busy: "Signing in…",
    wrong: "That e-mail and password do not fit together.",
    ended: "You have been signed out. Sign in again to go on where you were.",
    slow: (seconds: number) => `Too many tries. Try again in ${Math.ceil(seconds / 60)} minutes.`,
    out: "Sign out",
  },
  navigation: { label: "Main", dashboard: "Dashboard", patients: "Patients" },
  theme: { dark: "Use dark colours", light: "Use light colours" },
  state: {
    loading: "Loading…",
    failed: "This could not be loaded.",
    again: "Try again",
    offline: "You are offline. What you see may be old.",
    forbidden: "Your role does not include this page.",
    missing: "There is nothing here.",
  },
  paging: {
    label: "Pages",
    previous: "Previous page",
    next: "Next page",
    of: (from: number, to: number, total: number) => `${from}–${to} of ${total}`,
  },
  patients: {
    title: "Patients",
    search: "Find by name, guardian or phone",
    name: "Name",
    guardian: "Guardian",
    phone: "Phone",
    outstanding: "Outstanding",
    credit: "Credit",
    inactive: "Inactive",
    none: "No patients yet.",
    notFound: (text: string) => `Nobody is found by “${text}”.`,
  },
} as const;

export const words: typeof en = en;
