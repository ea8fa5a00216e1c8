/** The words of the ways in: an invitation, a forgotten password. Signing in itself is in the shell's words. */
import { catalogue } from "@/lib/strings/catalogue";

export const words = catalogue("auth", {
  forgotten: "Forgot your password?",
  forgot: {
    title: "Forgot your password?",
    about: "Enter your e-mail, and a link to choose a new one is sent to you. It is good for an hour.",
    submit: "Send the link",
    sentTitle: "Check your e-mail",
    sent: (email: string) => `If somebody signs in with ${email}, a link is on its way. It may take a minute, and land among the spam.`,
    again: "Try another address",
  },
  invitation: { title: "Welcome to Daybook", about: "Choose a password to sign in with from now on.", submit: "Begin" },
  reset: { title: "Choose a new password", about: "Wherever you are signed in, you will be signed out.", submit: "Change the password", doneTitle: "The password is changed", done: "Sign in with it now." },
  password: "New password",
  passwordHint: "At least 8 characters.",
  repeat: "The same again",
  short: "At least 8 characters, please.",
  different: "The two are not the same.",
  noToken: "This link is not whole. Open it from the letter again, or copy all of it.",
  spentInvitation: "This link has been used, has expired, or was replaced by a newer one. Ask an administrator of your centre to invite you again.",
  spentReset: "This link has been used, has expired, or was replaced by a newer one.",
  another: "Ask for a new link",
  toSignIn: "Back to sign in",
} as const);
