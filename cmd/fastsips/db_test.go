package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// What a new operator types, on SQLite: tables, a user, and again.
func TestDB(t *testing.T) {
	url := "sqlite:" + filepath.Join(t.TempDir(), "fastsips.db")
	for _, step := range []struct {
		args, stdin  string
		status       int
		stdout, fail string
	}{
		{args: "create --url " + url + " -dry-run -tables acc", stdout: "CREATE TABLE IF NOT EXISTS acc ("},
		{args: "migrate --url " + url, status: 1, fail: "there is no table of OpenSIPS's: use fastsips db create"},
		{args: "create --url " + url, stdout: "location          1013  made\n"},
		{args: "create --url " + url, stdout: "location          1013  it is there already\n"},
		{args: "create --url " + url + " -tables location,loc", status: 1, fail: `there is no table "loc"; there are acc,`},
		{args: "migrate --url " + url, stdout: "subscriber           8  it is as it should be\n"},
		{args: "adduser --url " + url + " alice@example.com secret"},
		{args: "adduser --url " + url + " bob@example.com", stdin: "other\n"},
		{args: "adduser --url " + url + " bob@example.com", stdin: "\n", status: 1, fail: "no password was given"},
		{args: "adduser --url " + url + " alice@example.com secret", status: 1, fail: "alice@example.com is there already"},
		{args: "adduser --url " + url + " -replace alice@example.com secret2"},
		{args: "users --url " + url, stdout: "alice@example.com\nbob@example.com\n"},
		{args: "deluser --url " + url + " bob@example.com"},
		{args: "users --url " + url, stdout: "alice@example.com\n"},
		{args: "users", status: exitUsage, fail: "Usage: fastsips db"},
		{args: "drop --url " + url, status: exitUsage, fail: "Usage: fastsips db"},
	} {
		var out, errs strings.Builder
		status := runDB(strings.Fields(step.args), terminal{strings.NewReader(step.stdin), &out, &errs})
		if status != step.status || !strings.Contains(out.String(), step.stdout) || !strings.Contains(errs.String(), step.fail) {
			t.Errorf("fastsips db %s: status %d, %q, %q", step.args, status, &out, &errs)
		}
	}
}
