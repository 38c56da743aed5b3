package mi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// A request is a JSON-RPC 2.0 request object.
type request struct {
	Version string          `json:"jsonrpc"`
	Method  *string         `json:"method"`
	Params  json.RawMessage `json:"params"`
	ID      json.RawMessage `json:"id"`
}

// valid reports whether the object is a request: version 2.0, a method, an id that
// is a text, a number or null.
func (r *request) valid() bool {
	return r.Version == "2.0" && r.Method != nil && (len(r.ID) == 0 || r.ID[0] != '{' && r.ID[0] != '[' && r.ID[0] != 't' && r.ID[0] != 'f')
}

// Serve answers a JSON-RPC 2.0 request, or an array of them, which run in their order
// and are answered by an array. The answer is nil for a notification, that is a
// request without id, unless it is none at all. Never call it on a loop.
func (t *Table) Serve(ctx context.Context, text []byte) []byte {
	if text = bytes.TrimSpace(text); len(text) > 0 && text[0] == '[' {
		return t.batch(ctx, text)
	}
	return t.one(ctx, text)
}

// Answerer is Serve, with answers that are indented if pretty says so.
func (t *Table) Answerer(pretty bool) func(ctx context.Context, request []byte) []byte {
	if !pretty {
		return t.Serve
	}
	return func(ctx context.Context, request []byte) []byte {
		answer := t.Serve(ctx, request)
		var b bytes.Buffer
		if answer == nil || json.Indent(&b, answer, "", "\t") != nil {
			return answer
		}
		return b.Bytes()
	}
}

// maxBatch bounds the requests of one array.
const maxBatch = 1000

// maxBatchAnswer bounds the bytes of their answers; tests make it less.
var maxBatchAnswer = 64 << 20

func (t *Table) batch(ctx context.Context, text []byte) []byte {
	var list []json.RawMessage
	switch err := json.Unmarshal(text, &list); {
	case err != nil:
		return answer(nil, nil, Errorf(CodeParse, "Parse error"))
	case len(list) == 0:
		return answer(nil, nil, Errorf(CodeRequest, "Invalid Request"))
	case len(list) > maxBatch:
		return answer(nil, nil, Errorf(CodeRequest, "Invalid Request").With(fmt.Sprintf("%d requests at once, %d is the limit", len(list), maxBatch)))
	}
	var all []byte
	for _, request := range list {
		if len(all) > maxBatchAnswer {
			return Refuse(nil, "the answers are too long: ask for less at once")
		}
		if a := t.one(ctx, request); a != nil {
			all = append(append(all, ','), a...)
		}
	}
	if all == nil {
		return nil // notifications
	}
	all[0] = '['
	return append(all, ']')
}

func (t *Table) one(ctx context.Context, text []byte) []byte {
	var r request
	var result any
	err := json.Unmarshal(text, &r)
	switch {
	case err != nil && !json.Valid(text):
		return answer(nil, nil, Errorf(CodeParse, "Parse error"))
	case err != nil, !r.valid():
		return answer(nil, nil, Errorf(CodeRequest, "Invalid Request"))
	}
	result, err = t.Call(ctx, *r.Method, r.Params)
	if len(r.ID) == 0 {
		return nil
	}
	return answer(r.ID, result, err)
}

// Refuse is the answer of a transport that cannot carry the real one, or the request:
// error -32000 with a reason. The id is the request's if it has one.
func Refuse(request []byte, reason string) []byte {
	var r struct {
		ID json.RawMessage `json:"id"`
	}
	if json.Unmarshal(request, &r) != nil {
		r.ID = nil // none, an array of requests, or no JSON
	}
	return answer(r.ID, nil, Errorf(CodeServer, "Server error").With(reason))
}

func answer(id json.RawMessage, result any, err error) []byte {
	o := Object{{"jsonrpc", "2.0"}}
	if err != nil {
		o = append(o, Member{"error", asError(err)})
	} else {
		o = append(o, Member{"result", result})
	}
	if id == nil {
		id = json.RawMessage("null")
	}
	b, failed := marshal(append(o, Member{"id", id}))
	if failed != nil {
		return answer(id, nil, Errorf(CodeServer, "Server error").With(failed.Error()))
	}
	return b
}

// Request writes the JSON-RPC 2.0 request of a client, with parameters by position.
func Request(id int, method string, params ...string) []byte {
	if len(params) == 0 {
		return writeRequest(id, method)
	}
	return writeRequest(id, method, Member{"params", params})
}

// RequestNamed is Request with parameters by name.
func RequestNamed(id int, method string, params ...Member) []byte {
	return writeRequest(id, method, Member{"params", Object(params)})
}

// RequestOf writes the request of arguments as they are typed: parameters by name if every
// one is written name=value, else by position.
func RequestOf(id int, method string, args ...string) []byte {
	var named []Member
	for _, a := range args {
		name, value, ok := strings.Cut(a, "=")
		if !ok || name == "" || strings.ContainsFunc(name, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') }) {
			return Request(id, method, args...)
		}
		named = append(named, Member{name, value})
	}
	if named == nil {
		return Request(id, method)
	}
	return RequestNamed(id, method, named...)
}

func writeRequest(id int, method string, params ...Member) []byte {
	b, _ := marshal(append(Object{{"jsonrpc", "2.0"}, {"id", id}, {"method", method}}, params...)) // it fails for functions and the like
	return b
}

// Result reads the answer to a request: what the command returned, or its *Error.
func Result(text []byte) (json.RawMessage, error) {
	var a struct {
		Result json.RawMessage `json:"result"`
		Error  *Error          `json:"error"`
	}
	if err := json.Unmarshal(bytes.TrimSpace(text), &a); err != nil {
		return nil, err
	}
	if a.Error != nil {
		return nil, a.Error
	}
	return a.Result, nil
}
