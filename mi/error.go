package mi

import (
	"errors"
	"fmt"
)

// An Error is what JSON-RPC returns instead of a result. Codes below -31999 are the
// protocol's own; commands use OpenSIPS's, which look like those of SIP: 400, 404,
// 500.
type Error struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    any    `json:"data,omitempty"` // details; JSON-able
}

// The codes of JSON-RPC 2.0, and OpenSIPS's of an ambiguous name.
const (
	CodeParse         = -32700
	CodeRequest       = -32600
	CodeNotFound      = -32601
	CodeInvalidParams = -32602
	CodeServer        = -32000
	CodeAmbiguous     = -32001
)

func (e *Error) Error() string {
	if e.Data != nil {
		return fmt.Sprintf("%d %s: %v", e.Code, e.Message, e.Data)
	}
	return fmt.Sprintf("%d %s", e.Code, e.Message)
}

// Errorf returns an error of a command.
func Errorf(code int, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// With returns e with details.
func (e *Error) With(data any) *Error {
	e.Data = data
	return e
}

func invalidParams(details string) *Error {
	return Errorf(CodeInvalidParams, "Invalid params").With(details)
}

// asError turns whatever a command has returned into an Error.
func asError(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return Errorf(500, "%s", err)
}
