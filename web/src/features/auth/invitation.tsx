import { Choose } from "./choose";

export default function Invitation() {
  return <Choose invited />;
}
