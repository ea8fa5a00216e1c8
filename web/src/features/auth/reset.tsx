import { Choose } from "./choose";

export default function Reset() {
  return <Choose invited={false} />;
}
