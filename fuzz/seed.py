#!/usr/bin/env python3
"""Fills fuzz/corpus with seeds: the fixtures of the tests, and any folders of feeds that are named on the command line.
Writes dictionaries beside them. Usage: fuzz/seed.py [FOLDER …]"""
import json, pathlib, re, sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "tests/fixtures"
CORPUS = ROOT / "fuzz/corpus"
LONGEST = 48 << 10


def put(target, name, data):
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data[:LONGEST])


def documents():
    for folder in [FIXTURES / "reading", *map(pathlib.Path, sys.argv[1:])]:
        for file in sorted(folder.iterdir()):
            if file.suffix in {".xml", ".json", ".html"} and not re.search(r"\.(expected|hints)\.json$", file.name):
                yield file


def markup(value):
    if isinstance(value, dict):
        for inner in value.values():
            yield from markup(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from markup(inner)
    elif isinstance(value, str) and "<" in value:
        yield value


for file in documents():
    hints = file.with_suffix(".hints.json")
    label = json.loads(hints.read_text()).get("content_type", "") if hints.exists() else ""
    body = file.read_bytes()
    for target in ("decode", "reader"):
        put(target, file.name, label.encode() + b"\n" + body)
    put("repair", file.name, body)
for number, file in enumerate(sorted((FIXTURES / "reading").glob("*.expected.json"))):
    for part, value in enumerate(markup(json.loads(file.read_text()))):
        put("sanitise", f"{number}-{part}", value.encode())
for file in sorted((FIXTURES / "scraping").glob("*.html")):
    put("sanitise", file.name, file.read_bytes())
for file in sorted((FIXTURES / "scraping").glob("*.toml")):
    text = file.read_bytes()
    put("rules", file.name, text)
    page = file.with_suffix(".html")
    if page.exists():
        put("rules", f"{file.name}-with-page", text + b"\n=\n" + page.read_bytes())
for number, line in enumerate(re.findall(r'\("([^"]+)", "', (ROOT / "src/dates/tests.rs").read_text())):
    put("dates", str(number), line.encode())
put("opml", "list", b'<?xml version="1.0"?><opml version="2.0"><head><title>x</title></head><body><outline text="Folder">'
    b'<outline text="a &amp; b" type="rss" xmlUrl="https://a.example/feed" htmlUrl="https://a.example/" language="bg" '
    b'category="/city,news"/></outline><outline title="c" text="" xmlUrl="https://u:p@c.example/?token=1&amp;x=2"/></body></opml>')
for target in ("decode", "repair", "reader", "sanitise", "dates", "opml", "rules"):
    for file in sorted((FIXTURES / "fuzzing" / target).glob("*")):
        put(target, "found-" + file.name, file.read_bytes())

WORDS = {
    "repair": """<rss <channel> <item> </item> <feed <entry> <rdf:RDF <![CDATA[ ]]> <!-- --> <?xml ?> <!DOCTYPE <!ENTITY [ ]>
        xmlns="http://www.w3.org/2005/Atom" xmlns:dc= &amp; &nbsp; &#x &#0; &lt; xml:base= version="2.0" encoding=" &""",
    "reader": """<title> </title> <link> <description> <content:encoded> <pubDate> <guid isPermaLink="false"> <dc:date> <author>
        <name> <summary <content type="xhtml" type="html" type="text" <media:group> <media:content url=" <enclosure url="
        <category> <source url=" <itunes:duration> <updated> <published> <id> {"version":"https://jsonfeed.org/version/1.1","items":[
        "content_html": "attachments":[ charset=windows-1251 text/xml""",
    "sanitise": """<a href=" <a href='javascript: <img src=x onerror= <svg> </svg> <math> <mtext> <mglyph> <style> <title> <table> <tr>
        <td> <caption> <col> <li> <dd> <p> </p> <b> </b> <pre> <ruby> <rt> <form> <select> <template> <noscript> <iframe> <textarea>
        <xmp> <plaintext> <frameset> <![CDATA[ ]]> <!-- --> --!> &amp; &nbsp &#x3c; &lt; xlink:href= <h1> <details> <br> </br> <font
        <nobr> <button> <optgroup> <annotation-xml <foreignObject> <desc> <body> <html> <head> <base href=""",
    "dates": """Mon, Jul юли 2018 г. ч. GMT +0200 Z T : AM p.m. Jänner luglio julij w W10- вчера yesterday 24:00 EST 1531736430""",
    "opml": """<opml <head/> <body> <outline text=" xmlUrl=" htmlUrl=" category=" language=" /> </outline> </body></opml> &quot; https://""",
    "rules": """item items json=true link= title= date= date_format= date_language= timezone= summary= image= author= tags= next= pages=
        article=true content= remove= select= attribute= pattern= base= :not( :has( :nth-child( { } [ ] ( ) ' % """,
}
WORDS["reader"] += " " + WORDS["repair"]
WORDS["decode"] = WORDS["repair"] + " charset= utf-16 windows-1251 iso-2022-jp utf-7 big5"
for target, words in WORDS.items():
    lines = ['"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"' for word in words.split()]
    lines = [re.sub(r"[^ -~]", lambda c: "".join(f"\\x{b:02x}" for b in c[0].encode()), line) for line in lines]
    (CORPUS / f"{target}.dict").write_text("\n".join(lines) + "\n")
