// The page that says that the site cannot be reached goes as soon as it can be.
addEventListener("online", () => location.reload());
