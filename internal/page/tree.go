package page

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// treeOf returns what a template has drawn as a tree that a script can build nodes
// from: a node is its tag, its attributes, and the nodes and texts in it. There is
// no way from text to markup then.
func treeOf(markup string) ([]any, error) {
	d := xml.NewDecoder(strings.NewReader(markup))
	open := [][]any{{}} // the nodes from the outermost to the one that is being read
	for {
		token, err := d.Token()
		last := len(open) - 1
		switch t := token.(type) {
		case xml.StartElement:
			attributes := map[string]string{}
			for _, a := range t.Attr {
				attributes[a.Name.Local] = a.Value
			}
			open = append(open, []any{t.Name.Local, attributes})
		case xml.EndElement:
			open[last-1] = append(open[last-1], open[last])
			open = open[:last]
		case xml.CharData:
			if text := strings.TrimSpace(string(t)); text != "" {
				open[last] = append(open[last], text)
			}
		}
		switch {
		case errors.Is(err, io.EOF) && len(open[0]) == 1:
			return open[0][0].([]any), nil
		case errors.Is(err, io.EOF):
			return nil, errors.New("a tree has one root")
		case err != nil:
			return nil, fmt.Errorf("a tree: %w", err)
		}
	}
}
