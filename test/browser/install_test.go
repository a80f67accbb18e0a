package browser

import (
	"slices"
	"testing"
)

// The browser finds nothing that keeps the pages from being installed; and the
// icon is the same drawing as pixels as it is as SVG.
func TestInstall(t *testing.T) {
	s := StartServer(t)
	mina := s.Join("mina", "민아")
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina")
	a.Language("ko")
	a.Go("/")
	manifest := a.Call("Page.getAppManifest", nil)
	if faults, _ := manifest["errors"].([]any); len(faults) > 0 {
		t.Errorf("the manifest has faults: %v", faults)
	}
	wrong, _ := a.Call("Page.getInstallabilityErrors", nil)["installabilityErrors"].([]any)
	wrong = slices.DeleteFunc(wrong, func(one any) bool {
		fault, _ := one.(map[string]any)
		return fault["errorId"] == "in-incognito" // as every window of these tests is
	})
	if len(wrong) > 0 {
		t.Errorf("the browser would not install it: %v", wrong)
	}
	described := Eval[struct {
		Name  string
		Icons []struct{ Src, Sizes, Purpose string }
	}](a, "fetch(document.querySelector('link[rel=manifest]').href).then((answer) => answer.json())")
	if described.Name != "마루" || len(described.Icons) != 5 {
		t.Errorf("the manifest says %+v", described)
	}
	for _, icon := range described.Icons {
		size := Eval[string](a, `fetch(%s).then((answer) => answer.blob()).then((blob) => createImageBitmap(blob)).then(({ width, height }) => width + 'x' + height, () => 'any')`, icon.Src)
		if size != icon.Sizes {
			t.Errorf("%s is %s and not %s", icon.Src, size, icon.Sizes)
		}
	}
	differs := Eval[int](a, `Promise.all(['/static/icon.svg', '/static/icon/192.png'].map((src) => new Promise((done) => {
		const image = new Image(192, 192);
		image.onload = () => {
			const pen = new OffscreenCanvas(192, 192).getContext('2d');
			pen.fillStyle = '#fff';
			pen.fillRect(0, 0, 192, 192); // else the colour of what is all but clear says nothing
			pen.drawImage(image, 0, 0, 192, 192);
			done(pen.getImageData(0, 0, 192, 192).data);
		};
		image.src = src;
	}))).then(([one, other]) => one.reduce((most, value, i) => Math.max(most, Math.abs(value - other[i])), 0))`)
	if differs > 80 { // an edge may be smoothed in another way
		t.Errorf("a pixel of the icon differs by %d from the drawing", differs)
	}
	if touch := Eval[int](a, "fetch(document.querySelector('link[rel=apple-touch-icon]').href).then((answer) => answer.status)"); touch != 200 {
		t.Errorf("the icon for a phone's first screen: %d", touch)
	}
}
