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

PAGES = {
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
