// What has the focus in a document, and what a field holds. Functions for `evaluate`; nothing stays in the page.
(() => {
  const LONGEST = 100000;
  const typed = (node) => ["input", "textarea"].includes(node.localName);
  return {
    focused() {
      let node = document.activeElement;
      while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
      return node;
    },
    state(node) {
      if (!node || !node.isConnected) return null;
      const box = node.getBoundingClientRect();
      const state = {
        tag: node.localName,
        // Editors of code catch keys in a field that nobody sees, and show them elsewhere.
        seen: box.width > 4 && box.height > 4 && getComputedStyle(node).opacity !== "0",
      };
      if (typed(node)) {
        state.type = node.localName === "input" ? node.type : "textarea";
        state.value = node.value.slice(0, LONGEST);
        state.fixed = node.readOnly || node.disabled;
        // Null where a field does not tell where its caret is, as those for numbers and e-mail do not.
        const [start, end] = [node.selectionStart, node.selectionEnd];
        state.around = start === null ? null : [node.value.slice(0, start), node.value.slice(end)];
      } else if (node.isContentEditable) {
        let root = node;
        while (root.parentElement?.isContentEditable) root = root.parentElement;
        state.type = "editable";
        state.value = root.innerText.slice(0, LONGEST);
      } else state.type = "";
      return state;
    },
  };
})()
