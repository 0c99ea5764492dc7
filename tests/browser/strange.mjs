/** Names that would be markup if a page did not escape them; a folder's name has no slash. */
export const strange = {
  // As a path it holds a whole script, with its end tags.
  data: "data/<script>alert(1)<" + "/script>",
  run: "run/a<" + "/script><script>alert(2)<" + "/script>",
  classes: ["<img src=x onerror=alert(3)>", "\"'><b id=markup>&amp;", "été <script>alert(4)"],
};
