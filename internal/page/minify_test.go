package page

import (
	"strings"
	"testing"
)

func TestMinify(t *testing.T) {
	for _, test := range []struct{ script, want string }{
		{"const a = 1; // why\n\n/* and\n how */ const b = a + +a - -a;\n", "const a=1;const b=a+ +a- -a;"},
		{"class A {\n  #count = 0;\n\n  /** @param {number} by */\n  add(by) {\n    this.#count += by;\n    return `${this.#count} // no comment, ${by > 1 ? `#count ${'}'}` : ''}`;\n  }\n  get count() {\n    return this.#count;\n  }\n}\nnew A();\n",
			"class A{#a=0;add(by){this.#a+=by;return`${this.#a} // no comment, ${by > 1 ? `#count ${'}'}` : ''}`;}\nget count(){return this.#a;}}\nnew A();"},
		{"if (x) return /[/'\"]\\/ /u.test(y) ? a / b / c : 'it\\'s  kept';", "if(x)return/[/'\"]\\/ /u.test(y)?a/b/c:'it\\'s  kept';"},
		{"const f = async () => {\n  for (const one of all) await one\n    .done();\n};\nf()\ng()", "const f=async()=>{for(const one of all)await one.done();};f()\ng()"},
		{"const 한글 = { a, b: 1 };", "const 한글={a,b:1};"},
	} {
		got, _, err := minify(test.script)
		if err != nil || got != test.want+"\n" {
			t.Errorf("%s\nbecomes\n%swant\n%s\n%v", test.script, got, test.want, err)
		}
	}
	if _, _, err := minify("`a ${b"); err == nil || !strings.Contains(err.Error(), "no end") {
		t.Error(err)
	}
	const css = ".a > .b:hover, a + b { color: red; margin: calc(1px + 2px) ; }\n@media (max-width: 3px) { .c { top: 0 } }\n"
	if got := minifyStyle(css); got != ".a > .b:hover,a + b{color:red;margin:calc(1px + 2px)}@media (max-width:3px){.c{top:0}}" {
		t.Error(got)
	}
}
