package cfgutils

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"os"

	"github.com/fastsips/fastsips/mi"
)

// hashOf is no protection, but tells whether a file was changed by mistake.
func hashOf(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	sum := md5.Sum(text)
	return hex.EncodeToString(sum[:]), nil
}

func (m *Module) hashCommands() []*mi.Command {
	return []*mi.Command{
		{Name: "cfgutils:get_config_hash", Doc: "The hash that hash_file had at the start.", Recipes: []mi.Recipe{
			mi.Recipe0(func(context.Context) (any, error) {
				if m.hash == "" {
					return nil, mi.Errorf(404, "No file for hashing was configured")
				}
				return m.hash, nil
			})}},
		{Name: "cfgutils:check_config_hash", Doc: "Whether hash_file is as it was at the start.", Recipes: []mi.Recipe{
			mi.Recipe0(func(context.Context) (any, error) {
				if m.hash == "" {
					return nil, mi.Errorf(404, "No file for hashing was configured")
				}
				sum, err := hashOf(m.hashFile)
				switch {
				case err != nil:
					return nil, err
				case sum != m.hash:
					return nil, mi.Errorf(400, "The actual config file hash is not identical to the stored one.")
				}
				return "The actual config file hash is identical to the stored one.", nil
			})}},
	}
}
