// Says what can't be asked, and why; `value` is {text} or empty.
const notice = element.querySelector(".notice");
notice.setAttribute("role", "alert");

function show() {
  const text = (props.value && props.value.text) || "";
  notice.textContent = text;
  notice.classList.toggle("shown", text !== "");
}

watch("value", show);
show();
