"""Every screen and every fragment in every state, for the people who build Sheaf.

Some states come seldom: a card that waits for review, a hall with 400 cards, a page without a
connection. Here they stand together, so that whoever changes a template or a colour can look at
all that it touches. It is there only where `SHEAF_GALLERY` asks for it.

A sheet shows a screen's fragments one by one, made of invented rows. A page is a whole screen: the
application's own answer to somebody's request, in sessions that were played by the same actions as
anybody's. They stand in a house of their own, in a folder that goes when the server stops, so
nothing of the gallery is in the real database.
"""

from app.gallery.pages import ALL, Gallery, open_gallery

__all__ = ["ALL", "Gallery", "open_gallery"]
