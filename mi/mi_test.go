package mi

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// table has two commands that are called list, one of them with an alias, and one
// with several recipes.
func table() *Table {
	t := NewTable()
	say := func(s string) Recipe {
		return Recipe0(func(context.Context) (any, error) { return s, nil })
	}
	t.Add(
		&Command{Name: "dialog:list", Aliases: []string{"dlg_list"}, Doc: "d", Recipes: []Recipe{say("dialogs")}},
		&Command{Name: "tcp:list", Aliases: []string{"list_tcp_conns"}, Doc: "d", Recipes: []Recipe{say("connections")}},
		&Command{Name: "core:uptime", Doc: "d", Recipes: []Recipe{say("uptime")}},
		&Command{Name: "x:tell", Aliases: []string{"uptime"}, Doc: "d", Recipes: []Recipe{
			Recipe1(Int("level", "l"), func(_ context.Context, n int) (any, error) { return n, nil }),
			Recipe1(Str("who", "w"), func(_ context.Context, s string) (any, error) { return "who " + s, nil }),
			Recipe2(Int("level", "l"), Str("who", "w"), func(_ context.Context, n int, s string) (any, error) {
				return Object{{"z", n}, {"a", s}}, nil
			}),
		}},
		&Command{Name: "x:sum", Doc: "d", Recipes: []Recipe{
			Recipe1(List("names", "n"), func(_ context.Context, l []string) (any, error) { return strings.Join(l, "+"), nil })}},
		&Command{Name: "x:fail", Doc: "d", Recipes: []Recipe{
			Recipe0(func(context.Context) (any, error) { return nil, Errorf(404, "No <such> thing").With("at all") }),
			Recipe1(Str("how", "h"), func(_ context.Context, how string) (any, error) {
				if how == "panic" {
					panic("oh")
				}
				return nil, errors.New(how)
			}),
		}},
		&Command{Name: "x:ok", Doc: "d", Recipes: []Recipe{Recipe0(func(context.Context) (any, error) { return nil, nil })}},
	)
	return t
}

func serve(t *testing.T, request, want string) {
	t.Helper()
	if got := string(table().Serve(t.Context(), []byte(request))); got != want {
		t.Errorf("%s\n gives %s\n not   %s", request, got, want)
	}
}

func call(t *testing.T, method, params, want string) {
	t.Helper()
	if params != "" {
		params = `,"params":` + params
	}
	serve(t, `{"jsonrpc":"2.0","id":1,"method":"`+method+`"`+params+`}`, `{"jsonrpc":"2.0",`+want+`,"id":1}`)
}

// A bare local name works when it is unique, and is tried before aliases; otherwise
// error -32001 with the candidates.
func TestNames(t *testing.T) {
	call(t, "dialog:list", "", `"result":"dialogs"`)
	call(t, "tcp:list", "", `"result":"connections"`)
	call(t, "list_tcp_conns", "", `"result":"connections"`)
	call(t, "uptime", "", `"result":"uptime"`) // x:tell has it for an alias
	call(t, "core:uptime", "", `"result":"uptime"`)
	call(t, "list", "", `"error":{"code":-32001,"message":"Ambiguous method","data":"supported names: dialog:list, tcp:list"}`)
	call(t, "lists", "", `"error":{"code":-32601,"message":"Method not found"}`)
	call(t, "core:list", "", `"error":{"code":-32601,"message":"Method not found"}`)
	call(t, ":", "", `"error":{"code":-32601,"message":"Method not found"}`)
}

// A recipe is chosen by the number of parameters, by name also by their names.
func TestRecipes(t *testing.T) {
	call(t, "x:tell", `["3","bob"]`, `"result":{"z":3,"a":"bob"}`)
	call(t, "x:tell", `{"who":"bob","level":3}`, `"result":{"z":3,"a":"bob"}`)
	call(t, "x:tell", `{"who":"bob"}`, `"result":"who bob"`)
	call(t, "x:tell", `{"level":-7}`, `"result":-7`)
	bad := func(data string) string {
		return `"error":{"code":-32602,"message":"Invalid params","data":"` + data + `"}`
	}
	call(t, "x:tell", `[3]`, bad("Ambiguous call, use named parameters instead"))
	call(t, "x:tell", ``, bad("Too few or too many parameters"))
	call(t, "x:tell", `[]`, bad("Too few or too many parameters"))
	call(t, "x:tell", `[1,2,3]`, bad("Too few or too many parameters"))
	call(t, "x:tell", `{"when":"now"}`, bad("Named parameters do not match"))
	call(t, "x:tell", `{"level":"high"}`, bad("Bad type for parameter 'level'"))
	call(t, "x:tell", `{"level":4294967296}`, bad("Bad type for parameter 'level'"))
	call(t, "x:tell", `{"who":["bob"]}`, bad("Bad type for parameter 'who'"))
	call(t, "x:tell", `{"who":null}`, bad("Bad type for parameter 'who'"))
	call(t, "uptime", `{}`, `"result":"uptime"`)
	call(t, "uptime", `null`, `"result":"uptime"`)
}

// A list may be an array, one text, or what is left of positional parameters.
func TestLists(t *testing.T) {
	call(t, "x:sum", `{"names":["a","b"]}`, `"result":"a+b"`)
	call(t, "x:sum", `[["a","b",3]]`, `"result":"a+b+3"`)
	call(t, "x:sum", `["a"]`, `"result":"a"`)
	call(t, "x:sum", `["a","b"]`, `"result":"a+b"`)
	call(t, "x:sum", `{"names":[]}`, `"error":{"code":-32602,"message":"Invalid params","data":"Bad type for parameter 'names'"}`)
	call(t, "x:sum", `{"names":[["a"]]}`, `"error":{"code":-32602,"message":"Invalid params","data":"Bad type for parameter 'names'"}`)
}

func TestResults(t *testing.T) {
	call(t, "x:ok", "", `"result":"OK"`)
	call(t, "x:fail", "", `"error":{"code":404,"message":"No <such> thing","data":"at all"}`)
	call(t, "x:fail", `["slowly"]`, `"error":{"code":500,"message":"slowly"}`)
	call(t, "x:fail", `["panic"]`, `"error":{"code":-32000,"message":"Server error","data":"BUG: oh"}`)
}

// JSON-RPC 2.0: "A Notification is a Request object without an "id" member. The
// Server MUST NOT reply to a Notification", but "if there was an error in detecting
// the id in the Request object (e.g. Parse error/Invalid Request), it MUST be Null".
func TestProtocol(t *testing.T) {
	serve(t, `{"jsonrpc":"2.0","method":"uptime"}`, "")
	serve(t, `{"jsonrpc":"2.0","method":"nonsense"}`, "")
	serve(t, `{"jsonrpc":"2.0","method":"uptime","id":"a b"}`, `{"jsonrpc":"2.0","result":"uptime","id":"a b"}`)
	serve(t, `{"jsonrpc":"2.0","method":"uptime","id":null}`, `{"jsonrpc":"2.0","result":"uptime","id":null}`)
	for _, text := range []string{``, `{`, `{"jsonrpc":"2.0","method":"uptime","id":1}}`} {
		serve(t, text, `{"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error"},"id":null}`)
	}
	for _, text := range []string{`[]`, `3`, `null`, `{}`, `{"jsonrpc":"1.0","method":"uptime","id":1}`, `{"jsonrpc":"2.0","id":1}`,
		`{"jsonrpc":"2.0","method":5,"id":1}`, `{"jsonrpc":"2.0","method":"uptime","id":{}}`} {
		serve(t, text, `{"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid Request"},"id":null}`)
	}
	call(t, "uptime", `7`, `"error":{"code":-32600,"message":"Invalid Request"}`)
}

// JSON-RPC 2.0 §6: "The Server should respond with an Array containing the
// corresponding Response objects … There SHOULD NOT be any Response objects for
// notifications … If there are no Response objects … the server MUST NOT return an
// empty Array". The requests and answers are those of its §7.
func TestBatch(t *testing.T) {
	const invalid = `{"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid Request"},"id":null}`
	serve(t, `[{"jsonrpc":"2.0","method":"uptime","id":"1"},{"jsonrpc":"2.0","method":"uptime"},{"foo":"boo"},{"jsonrpc":"2.0","method":"foo.get","params":{"name":"myself"},"id":"5"}]`,
		`[{"jsonrpc":"2.0","result":"uptime","id":"1"},`+invalid+`,{"jsonrpc":"2.0","error":{"code":-32601,"message":"Method not found"},"id":"5"}]`)
	serve(t, `[]`, invalid)
	serve(t, ` [1,2]`, "["+invalid+","+invalid+"]")
	serve(t, `[{"jsonrpc":"2.0","method":"uptime"},{"jsonrpc":"2.0","method":"x:ok"}]`, "")
	serve(t, `[{"jsonrpc":"2.0","method":"uptime","id":"1"},{"jsonrpc":"2.0","method"]`, `{"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error"},"id":null}`)
	serve(t, "["+strings.Repeat("1,", maxBatch)+"1]", `{"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid Request","data":"1001 requests at once, 1000 is the limit"},"id":null}`)
}

// The answers of one array are bounded.
func TestBatchIsBounded(t *testing.T) {
	defer func(n int) { maxBatchAnswer = n }(maxBatchAnswer)
	maxBatchAnswer = 64 << 10
	big := NewTable()
	big.Add(&Command{Name: "x:big", Doc: "d", Recipes: []Recipe{Recipe0(func(context.Context) (any, error) { return strings.Repeat("x", 16<<10), nil })}})
	got := big.Serve(t.Context(), []byte("["+strings.Repeat(`{"jsonrpc":"2.0","method":"big","id":1},`, 5)+`{"jsonrpc":"2.0","method":"big","id":1}]`))
	if want := `{"jsonrpc":"2.0","error":{"code":-32000,"message":"Server error","data":"the answers are too long: ask for less at once"},"id":null}`; string(got) != want {
		t.Errorf("%.200s (%d bytes)", got, len(got))
	}
}

// Whatever comes, the answer is JSON or there is none.
func FuzzServe(f *testing.F) {
	for _, text := range []string{`{"jsonrpc":"2.0","method":"uptime","id":1}`, `[{"jsonrpc":"2.0","method":"x:tell","params":{"who":"a"},"id":"\u0000"},3]`,
		`{"jsonrpc":"2.0","method":"x:sum","params":[["a"],"b"`, "[[[[", `{"id":1e400,"jsonrpc":"2.0","method":"x:ok"}`} {
		f.Add([]byte(text))
	}
	t := table()
	f.Fuzz(func(test *testing.T, b []byte) {
		if answer := t.Serve(test.Context(), b); answer != nil && !json.Valid(answer) {
			test.Errorf("%q gives %q", b, answer)
		}
		if answer := Refuse(b, "so"); !json.Valid(answer) {
			test.Errorf("%q is refused by %q", b, answer)
		}
	})
}

func TestRefuse(t *testing.T) {
	for request, id := range map[string]string{`{"id":"a","method":"m"}`: `"a"`, `[{"id":7}]`: "null", `{"id":`: "null", `{}`: "null"} {
		if got, want := string(Refuse([]byte(request), "too long")), `{"jsonrpc":"2.0","error":{"code":-32000,"message":"Server error","data":"too long"},"id":`+id+`}`; got != want {
			t.Errorf("%s: %s, want %s", request, got, want)
		}
	}
}

func TestAnswerer(t *testing.T) {
	got := table().Answerer(true)(t.Context(), []byte(`{"jsonrpc":"2.0","method":"uptime","id":1}`))
	if string(got) != "{\n\t\"jsonrpc\": \"2.0\",\n\t\"result\": \"uptime\",\n\t\"id\": 1\n}" {
		t.Errorf("%s", got)
	}
}

// What a client writes and reads fits what the table reads and writes.
func TestClient(t *testing.T) {
	got, err := Result(table().Serve(t.Context(), Request(7, "x:tell", "3", "<bob>")))
	if string(got) != `{"z":3,"a":"<bob>"}` || err != nil {
		t.Errorf("%s, %v", got, err)
	}
	_, err = Result(table().Serve(t.Context(), Request(7, "x:fail")))
	if e, ok := errors.AsType[*Error](err); !ok || e.Code != 404 || err.Error() != "404 No <such> thing: at all" {
		t.Errorf("%v", err)
	}
	if _, err := Result([]byte("500 not json")); err == nil {
		t.Error("nonsense is an answer")
	}
}

// What a command declares wrongly stops the program.
func TestBugs(t *testing.T) {
	ok := []Recipe{Recipe0(func(context.Context) (any, error) { return nil, nil })}
	for want, c := range map[string]*Command{
		"has no module":     {Name: "uptime", Doc: "d", Recipes: ok},
		"is incomplete":     {Name: "a:b", Recipes: ok},
		"is declared twice": {Name: "core:uptime", Doc: "d", Recipes: ok},
	} {
		func() {
			defer func() {
				if msg, _ := recover().(string); !strings.HasPrefix(msg, "BUG: ") || !strings.Contains(msg, want) {
					t.Errorf("panic is %q, want %q", msg, want)
				}
			}()
			table().Add(c)
		}()
	}
}
