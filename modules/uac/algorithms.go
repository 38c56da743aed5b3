package uac

import (
	"fmt"
	"strings"

	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
	"github.com/fastsips/fastsips/sipparse"
)

// algorithms is a set of them; none means all.
type algorithms uint8

func (a algorithms) has(x sipparse.Algorithm) bool { return a == 0 || a>>x&1 != 0 }

// algorithmsParam is the parameter of uac_auth.
func algorithmsParam() script.Param[algorithms] {
	return script.Parsed("algorithms", "those that may be used, as MD5,SHA-256: of several challenges for a realm the first of them is answered; left out: MD5, SHA-256, SHA-512-256 and their -sess variants", parseAlgorithms,
		func(c *script.Ctx, text []byte) (algorithms, bool) {
			a, err := parseAlgorithms(string(text))
			if err != nil {
				c.LogError("uac_auth: %s", err)
			}
			return a, err == nil
		})
}

// parseAlgorithms reads a list such as "MD5,SHA-256".
func parseAlgorithms(list string) (a algorithms, err error) {
	for name := range strings.SplitSeq(list, ",") {
		x := algorithmNamed(strings.TrimSpace(name))
		if x == sipparse.AlgorithmOther {
			return 0, unknownAlgorithm(strings.TrimSpace(name))
		}
		a |= 1 << x
	}
	return a, nil
}

func algorithmNamed(name string) sipparse.Algorithm {
	for x := range sipparse.AlgorithmOther {
		if strings.EqualFold(x.String(), name) {
			return x
		}
	}
	return sipparse.AlgorithmOther
}

func unknownAlgorithm(name string) error {
	r := &script.Refusal{Msg: fmt.Sprintf("there is no algorithm %q", name)}
	near := syntax.Nearest(name, func(yield func(string) bool) {
		for x := range sipparse.AlgorithmOther {
			if !yield(x.String()) {
				return
			}
		}
	})
	if near != "" {
		r.Hint = "did you mean " + near + "?"
	}
	return r
}
