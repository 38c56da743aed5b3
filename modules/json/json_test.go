package json

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// RFC 7396, appendix A.
func TestMergePatch(t *testing.T) {
	for _, c := range [][3]string{
		{`{"a":"b"}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"b"}`, `{"b":"c"}`, `{"a":"b","b":"c"}`},
		{`{"a":"b"}`, `{"a":null}`, `{}`},
		{`{"a":"b","b":"c"}`, `{"a":null}`, `{"b":"c"}`},
		{`{"a":["b"]}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"c"}`, `{"a":["b"]}`, `{"a":["b"]}`},
		{`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`, `{"a":{"b":"d"}}`},
		{`{"a":[{"b":"c"}]}`, `{"a":[1]}`, `{"a":[1]}`},
		{`["a","b"]`, `["c","d"]`, `["c","d"]`},
		{`{"a":"b"}`, `["c"]`, `["c"]`},
		{`{"a":"foo"}`, `null`, `null`},
		{`{"a":"foo"}`, `"bar"`, `"bar"`},
		{`{"e":null}`, `{"a":1}`, `{"e":null,"a":1}`},
		{`[1,2]`, `{"a":"b","c":null}`, `{"a":"b"}`},
		{`{}`, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`},
	} {
		doc, err := parse([]byte(c[0]))
		if err != nil {
			t.Fatal(err)
		}
		patch, err := parse([]byte(c[1]))
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := bare.print(nil, patched(doc, patch), 0); string(got) != c[2] {
			t.Errorf("%s + %s = %s, want %s", c[0], c[1], got, c[2])
		}
	}
}

// "Texts of over 1 MiB or 64 levels are refused."
func TestLimits(t *testing.T) {
	if _, err := parse([]byte(strings.Repeat("[", 64) + strings.Repeat("]", 64))); err != nil {
		t.Errorf("64 levels: %v", err)
	}
	for what, text := range map[string]string{
		"65 levels": strings.Repeat("[", 65) + strings.Repeat("]", 65), "long": `"` + strings.Repeat("a", longest) + `"`,
		"two values": "1 2", "nothing": "", "open": `{"a":1`, "name": `{1:2}`, "comma": "[1,]",
	} {
		if _, err := parse([]byte(text)); err == nil {
			t.Errorf("%s is accepted", what)
		}
	}
	// Links double a document with each level; printing it ends.
	n := &node{kind: array, items: []*node{{text: "1"}}}
	for range 60 {
		n = &node{kind: array, items: []*node{n, n}}
	}
	if b, ok := compact.print(nil, n, 0); ok || len(b) > 2*longest {
		t.Errorf("%d bytes printed, ok = %v", len(b), ok)
	}
	deep := &node{kind: array}
	for range mostLinked + 1 {
		deep = &node{kind: array, items: []*node{deep}}
	}
	if !deep.contains(new(node)) {
		t.Error("a document as deep as that takes further links")
	}
}

// An object of as many members as its text has room for is read and merged member by member:
// with a look at all others for each of them this would take minutes.
func TestManyMembers(t *testing.T) {
	var doc, patch strings.Builder
	for i := 0; doc.Len() < longest-20; i++ {
		fmt.Fprintf(&doc, `,"%d":1`, i)
		fmt.Fprintf(&patch, `,"%d":%s`, i, []string{"2", "null"}[i%2])
	}
	text := patch.String()
	n, err := parse([]byte("{" + doc.String()[1:] + "}"))
	p, err2 := parse([]byte("{" + text[1 : longest-20][:strings.LastIndexByte(text[1:longest-20], ',')] + "}"))
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	all, some := len(n.members), len(p.members)
	if got, want := len(patched(n, p).members), all-some/2; got != want {
		t.Errorf("%d members are left of %d and %d, want %d", got, all, some, want)
	}
	if n, _ := parse([]byte("{" + strings.Repeat(`"a":1,`, 100) + `"b":2,"a":3}`)); len(n.members) != 2 || n.members[0].value.text != "3" {
		t.Error("the last value of a name that comes more than once has to count")
	}
}

// FuzzPrint: what parses prints, in every style, as text that means the same to
// another parser.
func FuzzPrint(f *testing.F) {
	f.Add([]byte(`{"a":[1,-2.5e3,"x/y\u00e4\n\ud83d\ude00",null,true,{}],"a":{"b":[]}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		n, err := parse(text)
		if err != nil {
			return
		}
		want := decoded(t, text)
		for _, s := range []style{spaced, compact, pretty, bare} {
			b, ok := s.print(nil, n, 0)
			if !ok {
				t.Fatalf("%s: too long", s.name)
			}
			if got := decoded(t, b); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %s, want %s", s.name, b, text)
			}
		}
	})
}

func decoded(t *testing.T, text []byte) (v any) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func TestPath(t *testing.T) {
	for text, want := range map[string]path{
		"a":            {name: "a"},
		"a/b c":        {name: "a", steps: []step{{kind: object, key: "b c"}}},
		"a[1][-2]/k.x": {name: "a", steps: []step{{kind: array, index: 1}, {kind: array, index: -2}, {kind: object, key: "k.x"}}},
		"a/b[]":        {name: "a", steps: []step{{kind: object, key: "b"}, {kind: array, append: true}}},
		"a/b.keys":     {name: "a", steps: []step{{kind: object, key: "b"}}, walk: keys},
		"a[0].values":  {name: "a", steps: []step{{kind: array}}},
	} {
		if got, err := parsePath(text); err != nil || !reflect.DeepEqual(*got, want) {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "/a", "[0]", "a[", "a[x]", "a[0]b", ".keys"} {
		if _, err := parsePath(text); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}
