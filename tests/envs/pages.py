# ruff: noqa: E501
"""Pages for the browser tests, served by `conftest.site`. Path → HTML; what ends in /slow… is answered late."""

INPUTS = """<!doctype html><meta charset=utf-8><title>Inputs</title>
<body style="margin:0;font:16px sans-serif;height:3000px;width:2400px">
<style>.a{position:absolute;box-sizing:border-box}</style>
<input id=name class=a style="left:20px;top:20px;width:200px;height:30px">
<textarea id=area class=a style="left:240px;top:20px;width:200px;height:60px"></textarea>
<button id=go class=a style="left:20px;top:70px;width:100px;height:40px">Go</button>
<div id=pad class=a style="left:20px;top:130px;width:100px;height:100px;background:#ddd"></div>
<input id=range type=range min=0 max=100 value=0 class=a style="left:140px;top:130px;width:300px;height:30px;margin:0">
<div id=src draggable=true class=a style="left:140px;top:180px;width:80px;height:40px;background:#fc0">drag</div>
<div id=dst class=a style="left:300px;top:180px;width:80px;height:40px;background:#0cf">drop</div>
<div id=box class=a style="left:20px;top:250px;width:200px;height:100px;overflow:auto"><div style="height:900px">in</div></div>
<div id=host class=a style="left:240px;top:250px"></div>
<iframe id=frame class=a style="left:460px;top:20px;width:300px;height:200px;border:2px solid" srcdoc="
<body style='margin:0'><button style='width:100px;height:40px' onclick='parent.log.push(&quot;frame&quot;)'>x</button>
<select style='width:100px;height:30px'><option>One<option>Two</select>"></iframe>
<p id=words class=a style="left:460px;top:250px;margin:0">The quick brown fox</p>
<a class=a id=link href="about:blank#a" style="left:460px;top:300px">linked words here</a>
<script>
log=[]
for (const type of ['click','dblclick','auxclick','contextmenu','mousedown','mouseup'])
  pad.addEventListener(type, e => {e.preventDefault(); log.push([type,e.button,e.detail,e.ctrlKey,e.shiftKey,e.altKey,e.clientX,e.clientY])})
pad.addEventListener('mouseenter', () => pad.style.background='#0f0')
go.onclick = () => { go.textContent = 'Gone'; log.push('go') }
name.form; document.getElementById('name').onkeydown = e => log.push(e.key)
src.ondragstart = e => e.dataTransfer.setData('text/plain','cargo')
dst.ondragover = e => e.preventDefault()
dst.ondrop = e => { e.preventDefault(); log.push('dropped ' + e.dataTransfer.getData('text/plain')) }
const root = host.attachShadow({mode:'closed'})
root.innerHTML = '<button style="width:100px;height:40px">shadow</button>'
root.firstChild.onclick = () => log.push('shadow')
</script>"""

LISTS = """<!doctype html><meta charset=utf-8><title>Lists</title><body style="margin:0;font:16px sans-serif">
<style>select{position:absolute;left:20px;width:200px;height:30px}</style>
<select id=a style="top:20px"><option>Red<option>Green<option>Blue<option disabled>Black</select>
<select id=b style="top:260px"><optgroup label=Warm><option>Amber</optgroup><optgroup label=Cold><option>Ice</optgroup></select>
<select id=c style="top:300px;left:300px"></select>
<select id=m multiple style="top:20px;left:300px;height:100px"><option>X<option>Y<option>Z</select>
<p id=below style="position:absolute;left:500px;top:500px">outside</p>
<script>
log=[]
for (let i=0;i<100;i++) c.add(new Option('Item '+i))
for (const s of [a,b,c,m]) for (const t of ['input','change']) s.addEventListener(t, e => log.push(t+' '+s.id+' '+s.value))
below.onclick = () => log.push('below')
</script>"""

LATE = """<!doctype html><meta charset=utf-8><title>Late</title><body style="margin:0;font:16px sans-serif">
<style>button{display:block;width:200px;height:40px}#out{font-size:40px}
#fade{position:absolute;left:400px;top:0;width:400px;height:300px;background:#00f;opacity:0;transition:opacity .3s .1s}
#fade.on{opacity:1}
#spin{position:absolute;left:900px;top:20px;width:24px;height:24px;border:4px solid #ccc;border-top-color:#000;
border-radius:50%;display:none;animation:r 1s linear infinite}@keyframes r{to{transform:rotate(360deg)}}</style>
<button onclick="setTimeout(done,300)">timer</button>
<button onclick="fetch('/slow-500').then(r=>r.text()).then(done)">fetch</button>
<button onclick="setTimeout(()=>fetch('/slow-200').then(r=>r.text()).then(()=>setTimeout(done,200)),200)">chain</button>
<button onclick="fade.classList.add('on')">fade</button>
<button onclick="location='/slow-page'">go</button>
<button onclick="spin.style.display='block'">spin</button>
<button onclick="let n=0;const t=setInterval(()=>{out.textContent=++n;if(n==6){clearInterval(t);done()}},100)">ticks</button>
<button onclick="setTimeout(()=>location='/slow-page',300)">later</button>
<button onclick="setTimeout(()=>out.textContent='hidden',3000);done()">toast</button>
<button onclick="(function f(){setTimeout(f,200)})();done()">forever</button>
<button onclick="fetch('/endless');done()">stream</button>
<input id=field style="width:200px;height:40px;font-size:20px">
<p id=out></p><div id=fade></div><div id=spin></div>
<script>state='';function done(){state='done';out.textContent='finished'}</script>"""

_BUY = "<h1>Shop</h1><button style='position:absolute;left:0;top:100px;width:200px;height:40px' onclick='this.textContent=document.title=\"Bought\"'>Buy</button>"

FIELDS = (
    """<!doctype html><meta charset=utf-8><title>Fields</title><body style="margin:0">
<style>input,textarea,div{display:block;box-sizing:border-box;width:300px;height:40px;margin:0;font:16px sans-serif}</style>"""
    + "".join(
        f"<input id={name.replace('-', '')} type={name}>"
        for name in (
            "date",
            "time",
            "datetime-local",
            "month",
            "week",
            "number",
            "range",
            "color",
            "email",
            "password",
            "text",
        )
    )
    + """<input id=short maxlength=4><input id=upper oninput="this.value=this.value.toUpperCase()"><input id=fixed readonly value=kept>
<script>log=[]
for (const one of document.querySelectorAll('input')) for (const type of ['input','change']) one.addEventListener(type, () => log.push(type+' '+one.id+' '+one.value))
</script>"""
)

# An editor that indents a new line as the one before it, as editors of code do: a text area, and editable text.
EDITORS = """<!doctype html><meta charset=utf-8><title>Editors</title><body style="margin:0">
<textarea id=area style="display:block;width:400px;height:200px;margin:0"></textarea>
<pre id=rich contenteditable style="width:400px;height:200px;margin:0;outline:1px solid"></pre>
<canvas id=canvas tabindex=0 style="display:block;width:400px;height:100px"></canvas>
<textarea id=chat style="display:block;width:400px;height:60px"></textarea>
<script>
sent = []; keys = []
area.onkeydown = e => { if (e.key != 'Enter') return
  e.preventDefault()
  const head = area.value.slice(0, area.selectionStart), indent = /[^\\n]*$/.exec(head)[0].match(/^\\s*/)[0]
  area.setRangeText('\\n' + indent, area.selectionStart, area.selectionEnd, 'end') }
rich.onkeydown = e => { if (e.key != 'Enter') return
  e.preventDefault()
  const line = rich.innerText.split('\\n').filter(x => x).pop() || ''
  document.execCommand('insertText', false, '\\n' + line.match(/^\\s*/)[0]) }
canvas.onkeydown = e => keys.push(e.key)
chat.onkeydown = e => { if (e.key == 'Enter') { e.preventDefault(); sent.push(chat.value); chat.value = '' } }
</script>"""

_SELECT = "<select id=s style='margin:0;height:26px'><option>Red<option>Green<option>Blue<option>Black<option>White</select>"
# The list is `s`, in the page itself or in the frame `f`; where it is, `where` tells in pixels of the window.
LIST_PAGES = {
    "plain": _SELECT,
    "zoomed": f"<style>html{{zoom:1.5}}</style><p style='height:100px;margin:0'>x</p>{_SELECT}",
    "zoomed body": f"<style>body{{zoom:2}}</style><p style='height:60px;margin:0'>x</p>{_SELECT}",
    "scaled": f"<style>body{{transform:scale(1.5);transform-origin:0 0}}</style><p style='height:60px;margin:0'>x</p>{_SELECT}",
    "right to left": f"<html dir=rtl><p style='height:60px;margin:0'>x</p>{_SELECT}",
    "small frame": f'<iframe id=f style="width:300px;height:50px" srcdoc="<body style=margin:0>{_SELECT}"></iframe>',
    "tiny frame low": f'<p style="height:500px;margin:0">x</p><iframe id=f scrolling=no style="border:0;width:160px;height:28px" srcdoc="<body style=margin:0>{_SELECT}"></iframe>',
    "frame in a frame": '<iframe id=g style="width:400px;height:90px;margin-left:100px" srcdoc="<iframe id=f style=width:300px;height:40px src=/list-bare></iframe>"></iframe>',
    "zoomed frame": f'<style>body{{zoom:1.5}}</style><iframe id=f style="width:300px;height:40px" srcdoc="<body style=margin:0>{_SELECT}"></iframe>',
}

PAGES = {
    **{
        f"/list-{name.replace(' ', '-')}": f"<!doctype html><title>List</title><body style='margin:0'>{html}"
        for name, html in LIST_PAGES.items()
    },
    "/fields": FIELDS,
    "/editors": EDITORS,
    "/list-bare": f"<body style='margin:0'>{_SELECT}",
    "/slow-script": f"<!doctype html><title>Shop</title>{_BUY}<script src=/never.js></script><p>after",
    "/slow-style": f"<!doctype html><title>Shop</title>{_BUY}<link rel=stylesheet href=/never.css><p>after",
    "/slow-head-style": f"<!doctype html><title>Shop</title><link rel=stylesheet href=/never.css>{_BUY}",
    "/slow-frame": f"<!doctype html><title>Shop</title>{_BUY}<iframe src=/never.html></iframe><img src=/never.png>",
    "/slow-module": f"<!doctype html><title>Shop</title>{_BUY}<script type=module src=/never.mjs></script>",
    "/slow-blank": "<!doctype html><title>Nothing</title><script src=/never.js></script><h1>Never seen</h1>",
    "/to-slow": "<title>Way</title><body style='margin:0'><a href=/slow-script style='display:block;width:200px;height:40px'>shop</a>",
    "/search": "<title>Start</title><body style='margin:0'><a href=/result style='display:block;width:400px;height:40px;border:1px solid'>Search …</a>",
    "/result": "<title>Result</title><body style='margin:0'><input id=q autofocus style='width:400px;height:40px'>",
    "/gone": "<title>Gone</title><body style='margin:0'><input onclick=\"location='/plain'\" style='width:400px;height:40px'>",
    "/alert-soon": "<title>Soon</title><h1>Soon</h1><script>addEventListener('message', () => alert(document.title + ' ' + location.host))</script>",
    "/geo": """<title>Geo</title><body style='margin:0'><button style='width:200px;height:40px' onclick="navigator.geolocation.getCurrentPosition(p=>out.textContent=p.coords.latitude, e=>out.textContent='no: '+e.code)">Where</button><p id=out></p>""",
    "/folder": """<title>Folder</title><body style='margin:0'><input id=dir type=file webkitdirectory style='display:block;width:200px;height:40px'>
<input id=one type=file style='display:block;width:200px;height:40px'>""",
    "/keys": """<title>Keys</title><body style='margin:0' tabindex=0><script>down=new Set();
onkeydown=e=>down.add(e.key);onkeyup=e=>down.delete(e.key);onmousedown=()=>down.add('mouse');onmouseup=()=>down.delete('mouse')</script><p>keys</p>""",
    "/datalist": """<title>Datalist</title><body style='margin:0'><input id=city list=cities style='display:block;width:300px;height:40px'><datalist id=cities>
<option>Paris<option>Prague<option value=BER label=Berlin></datalist><script>log=[];for(const t of ['input','change'])city.addEventListener(t,()=>log.push(t+' '+city.value))</script>""",
    "/closed": """<title>Closed</title><body style='margin:0'><closed-box></closed-box><my-card>Slotted words here</my-card><script>
customElements.define('closed-box',class extends HTMLElement{constructor(){super();const r=this.attachShadow({mode:'closed'});r.innerHTML='<select style="display:block;width:200px;height:40px"><option>Small<option>Medium<option>Large</select>';r.firstChild.onchange=e=>document.title=e.target.value}})
customElements.define('my-card',class extends HTMLElement{constructor(){super();this.attachShadow({mode:'open'}).innerHTML='<b>Head</b><slot></slot>'}})</script>""",
    "/inputs": INPUTS,
    "/lists": LISTS,
    "/late": LATE,
    "/": "<title>Home</title><h1>Home</h1>",
    "/slow-page": "<title>Arrived</title><h1 style='font-size:80px'>Arrived</h1>",
    "/plain": "<title>Plain</title><p>Plain page</p>",
    "/tabs": """<title>Tabs</title><body style="margin:0"><style>a,button{display:block;width:200px;height:40px}</style>
<a href="/plain" target=_blank>new tab</a><button onclick="window.open('/closes')">closes itself</button>
<button onclick="window.open('/plain','w','width=400,height=300')">window</button>
<button onclick="window.close()">close</button>""",
    "/closes": "<title>Closes</title><button style='width:200px;height:40px' onclick='window.close()'>bye</button>",
    "/dialogs": """<title>Dialogs</title><body style="margin:0"><style>button,input,a{display:block;width:200px;height:40px}</style>
<button onclick="alert('Hello\\nthere 你好');said='alerted'">alert</button>
<button onclick="said=confirm('Sure?')">confirm</button>
<button onclick="said=prompt('Name?','Bob')">prompt</button>
<input onkeydown="if(event.key=='b')alert('b!')">
<button onclick="onbeforeunload=e=>e.preventDefault();location='/plain'">leave</button>
<button onclick="setTimeout(()=>alert('late'),300)">late</button>
<button onmousedown="alert('down')" onmouseup="said='up'">down</button><script>said=''</script>""",
    "/files": """<title>Files</title><body style="margin:0"><style>a,button,input{display:block;width:200px;height:40px}</style>
<a href="/report.bin" download>download</a><input id=one type=file>
<button onclick="many.click()">choose</button><input id=many type=file multiple hidden>""",
}
