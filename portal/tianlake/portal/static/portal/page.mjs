// The page that is opened as <base>/portal/index.html asks for its files here; see index.html.
import "../page.mjs";
