"""Reads the documents of a folder with feedparser and prints what it made of them, one JSON object a line."""

import json
import pathlib
import sys
import time

import feedparser


def moment(parsed):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", parsed) if parsed else None


def person(detail):
    return detail.get("name") or detail.get("email")


def people(value):
    found = [person(author) for author in value.get("authors", []) if person(author)]
    return sorted(set(found))


def entry(value):
    content = value.get("content") or [{}]
    links = value.get("links", [])
    return {
        "id": value.get("id"),
        "title": value.get("title"),
        "link": value.get("link"),
        "summary": value.get("summary"),
        "content": content[0].get("value"),
        "author": people(value),
        "published": moment(value.get("published_parsed") or value.get("updated_parsed") or value.get("created_parsed")),
        "updated": moment(value.get("updated_parsed") or value.get("published_parsed") or value.get("created_parsed")),
        "categories": sorted({tag.get("term") for tag in value.get("tags", []) if tag.get("term")}),
        "enclosures": sorted({link.get("href") for link in links if link.get("rel") == "enclosure" and link.get("href")}),
        "media": sorted({media.get("url") for media in value.get("media_content", []) if media.get("url")}),
    }


def document(path):
    hints = path.with_suffix(".hints.json")
    hints = json.loads(hints.read_text()) if hints.exists() else {}
    headers = {}
    if hints.get("content_type"):
        headers["content-type"] = hints["content_type"]
    if hints.get("content_language"):
        headers["content-language"] = hints["content_language"]
    if hints.get("base"):
        headers["content-location"] = hints["base"]
    # What it makes of markup is another stage here: read as written.
    read = feedparser.parse(
        path.read_bytes(), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )
    feed = read.feed
    return {
        "name": path.name,
        "feed": {
            "title": feed.get("title"),
            "link": feed.get("link"),
            # By its old name it is a summary too, where there is no subtitle.
            "description": feed.get("subtitle") or feed.get("description"),
            "updated": moment(feed.get("updated_parsed") or feed.get("published_parsed")),
            "language": feed.get("language"),
        },
        "entries": [entry(value) for value in read.entries],
    }


def read(name):
    try:
        return document(pathlib.Path(name))
    except Exception as error:  # It is not the measure of what it fails at.
        return {"error": repr(error)}


for name in sys.stdin.read().splitlines():
    print(json.dumps(read(name)))
