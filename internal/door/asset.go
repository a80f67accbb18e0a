package door

import (
	"net/http"
	"strconv"
	"strings"

	"maru/internal/page"
)

// SendAsset answers with a file of the pages, packed where the browser takes it.
// What has its content in its path is kept for ever, all else for a while.
func SendAsset(w http.ResponseWriter, r *http.Request, asset *page.Asset) error {
	h := w.Header()
	h.Set("Content-Type", asset.Type)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	body := asset.Body
	packed := TakesGzip(r)
	if packed {
		h.Set("Content-Encoding", "gzip")
		body = asset.Gzip
	}
	if !strings.Contains(r.URL.Path, asset.Tag) {
		etag := `"` + asset.Tag + `"`
		if packed {
			etag = `"` + asset.Tag + `-gzip"`
		}
		h.Set("Cache-Control", "public, max-age=300")
		h.Set("ETag", etag)
		if r.Header.Get("If-None-Match") == etag {
			h.Del("Content-Encoding")
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, err := w.Write(body)
	return err
}
