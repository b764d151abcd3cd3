"""What people call the things that icons stand for, in English and Chinese."""

from __future__ import annotations

from typing import Final

# Icon → words for it, lower case, what it shows and what it is for; a word may belong to several icons.
CONCEPTS: Final[dict[str, tuple[str, ...]]] = {
    name: tuple(word.strip() for word in words.split(","))
    for name, words in {
        "heart": "heart, favourite, favorite, favourites, favorites, like, love, wishlist,"
        " wish list, save, 收藏, 喜欢, 心愿单, 愿望单, 心形, 点赞, 关注",
        "heart-filled": "heart, favourite, favorite, favourites, favorites, liked, love, wishlist,"
        " wish list, unlike, saved, 收藏, 已收藏, 喜欢, 心愿单, 愿望单, 心形, 取消收藏",
        "star": "star, favourite, favorite, rate, rating, mark as important, important, bookmark,"
        " 星, 星标, 收藏, 评分, 标为重要, 重要",
        "star-filled": "star, favourite, favorite, rating, starred, unstar, important, 星, 星标, 收藏,"
        " 评分, 已加星标",
        "cart": "cart, basket, shopping cart, trolley, shopping basket, checkout, 购物车, 购物篮, 加入购物车",
        "bag": "bag, shopping bag, shop, store, orders, purchases, cart, 购物袋, 商店, 订单, 商城",
        "magnifier": "search, find, magnifier, magnifying glass, look up, look for, 搜索, 查找, 搜寻,"
        " 放大镜, 检索",
        "menu": "menu, hamburger, navigation, main menu, sidebar, drawer, 菜单, 导航, 主菜单, 侧栏",
        "more-horizontal": "more, more options, options, ellipsis, dots, three dots, actions, overflow, 更多,"
        " 更多选项, 选项",
        "more-vertical": "more, more options, options, ellipsis, dots, three dots, actions, menu, kebab,"
        " 更多, 更多选项, 选项",
        "close": "close, dismiss, x, cross, cancel, clear, remove, exit, hide, 关闭, 取消, 清除, 叉, 退出",
        "check": "check, tick, done, confirm, ok, accept, apply, yes, checkmark, 完成, 确认, 确定, 勾, 对勾, 接受",
        "plus": "plus, add, new, create, increase, more, increment, 加, 添加, 新建, 新增, 增加, 加号",
        "minus": "minus, less, decrease, decrement, reduce, subtract, collapse, minimize, 减, 减少, 减号, 最小化",
        "arrow-left": "back, go back, previous, left, left arrow, return, 返回, 后退, 上一个, 向左, 左箭头",
        "arrow-right": "next, forward, right, right arrow, go, continue, proceed, 下一个, 前进, 向右,"
        " 右箭头, 继续",
        "arrow-up": "up, top, up arrow, back to top, 向上, 上, 顶部, 上箭头, 回到顶部",
        "arrow-down": "down, bottom, down arrow, 向下, 下, 底部, 下箭头",
        "chevron-left": "previous, back, left, prev, left arrow, 上一个, 上一页, 上一张, 上个月, 返回, 向左",
        "chevron-right": "next, right, forward, right arrow, open, details, 下一个, 下一页, 下一张, 下个月,"
        " 向右, 展开",
        "chevron-up": "collapse, up, less, close, fold, increase, up arrow, 收起, 折叠, 向上",
        "chevron-down": "expand, down, open, dropdown, drop-down, unfold, decrease, down arrow, 展开, 下拉, 向下",
        "bin": "delete, remove, bin, trash, discard, garbage, erase, recycle bin, 删除, 移除,"
        " 垃圾桶, 回收站, 丢弃",
        "gear": "settings, setting, gear, preferences, options, configure, configuration, cog,"
        " 设置, 齿轮, 偏好设置, 配置, 选项",
        "bell": "notifications, notification, bell, alerts, alert, reminder, subscribe, 通知, 提醒,"
        " 消息, 铃铛, 订阅",
        "person": "account, profile, user, person, me, my account, sign in, log in, login, avatar,"
        " contact, 账户, 账号, 用户, 我的, 个人, 登录, 个人中心, 头像, 联系人",
        "home": "home, house, home page, homepage, main page, start, 首页, 主页, 家, 房子",
        "mail": "mail, email, e-mail, envelope, message, inbox, letter, contact, 邮件, 邮箱,"
        " 电子邮件, 信封, 收件箱, 信",
        "reply": "reply, respond, answer, undo, 回复, 答复, 撤销",
        "reply-all": "reply all, reply to all, 全部回复, 回复全部",
        "forward": "forward, redo, share, send on, 转发, 重做",
        "send": "send, submit, share, paper plane, post, message, direct message, 发送, 提交, 纸飞机, 私信",
        "share": "share, sharing, 分享, 共享",
        "pencil": "edit, pencil, pen, modify, change, write, compose, rename, 编辑, 修改, 铅笔, 写, 撰写, 更改",
        "calendar": "calendar, date, date picker, schedule, event, day, choose date, 日历, 日期, 日程, 选择日期",
        "clock": "clock, time, history, recent, schedule, later, pending, 时钟, 时间, 历史, 最近, 稍后",
        "phone": "phone, call, telephone, dial, contact, 电话, 拨打, 通话, 手机",
        "camera": "camera, photo, take photo, take a picture, snapshot, 相机, 拍照, 照相机, 摄像头",
        "image": "image, picture, photo, photos, gallery, insert image, 图片, 照片, 相册, 图像",
        "play": "play, start, run, resume, video, watch, 播放, 开始, 运行, 继续",
        "pause": "pause, hold, 暂停",
        "stop": "stop, end, halt, 停止, 结束",
        "skip-forward": "next, skip, next track, skip forward, next song, fast forward, 下一首, 下一曲,"
        " 跳过, 快进",
        "skip-back": "previous, previous track, skip back, previous song, rewind, 上一首, 上一曲, 快退",
        "volume": "volume, sound, speaker, mute, audio, unmute, 音量, 声音, 扬声器, 静音",
        "download": "download, save, export, get, 下载, 保存, 导出",
        "upload": "upload, import, export, share, 上传, 导入",
        "link": "link, url, copy link, hyperlink, chain, attach link, 链接, 复制链接, 网址",
        "external-link": "open in new tab, external link, open, launch, open in new window, visit, 打开,"
        " 新窗口打开, 外部链接, 跳转",
        "eye": "view, show, eye, preview, visible, watch, show password, details, 查看, 显示,"
        " 预览, 眼睛, 显示密码, 可见",
        "eye-off": "hide, hidden, invisible, hide password, show password, 隐藏, 不可见, 隐藏密码",
        "lock": "lock, locked, private, secure, password, security, 锁, 锁定, 加密, 私密, 安全, 密码",
        "unlock": "unlock, unlocked, open lock, public, 解锁, 开锁",
        "filter": "filter, filters, refine, funnel, 筛选, 过滤, 过滤器",
        "sort": "sort, order, sort by, order by, reorder, 排序, 排列",
        "refresh": "refresh, reload, update, sync, try again, retry, reset, rotate, 刷新, 重新加载,"
        " 更新, 同步, 重试, 重置",
        "info": "info, information, about, details, more information, 信息, 详情, 关于, 说明",
        "help": "help, question, support, faq, what is this, question mark, 帮助, 问题, 支持, 常见问题, 问号",
        "warning": "warning, alert, error, caution, attention, exclamation, report, 警告, 错误, 注意,"
        " 感叹号, 举报",
        "globe": "language, languages, globe, world, web, website, region, country, translate,"
        " internet, 语言, 地球, 世界, 网站, 地区, 国家, 翻译",
        "pin": "location, map, pin, address, place, store, nearby, where, directions, 位置, 地点,"
        " 地图, 地址, 定位, 附近",
        "tag": "tag, label, price, tags, labels, offer, category, 标签, 价格, 优惠, 分类",
        "gift": "gift, present, offer, reward, rewards, gift card, 礼物, 礼品, 奖励, 赠品, 福利",
        "folder": "folder, directory, open, move to, category, 文件夹, 目录, 打开",
        "file": "file, document, page, doc, new document, notes, paper, 文件, 文档, 页面",
        "copy": "copy, duplicate, clone, 复制, 拷贝, 副本",
        "save": "save, floppy, disk, store, 保存, 存储, 存盘",
        "print": "print, printer, 打印, 打印机",
        "attach": "attach, attachment, attach file, paperclip, clip, add file, 附件, 添加附件, 回形针, 上传文件",
        "bookmark": "bookmark, save, save for later, favourite, favorite, read later, 书签, 收藏, 稍后阅读, 保存",
        "thumbs-up": "like, thumbs up, upvote, recommend, helpful, agree, 赞, 点赞, 喜欢, 顶, 推荐, 有用",
        "thumbs-down": "dislike, thumbs down, downvote, disagree, not helpful, 踩, 不喜欢, 反对, 没用",
        "comment": "comment, comments, chat, message, messages, reply, conversation, talk,"
        " speech bubble, review, contact, 评论, 聊天, 消息, 对话, 留言, 客服",
        "flag": "flag, report, mark, follow up, 旗, 标记, 举报, 旗帜",
        "key": "key, password, access, api key, sign in, 钥匙, 密钥, 密码",
        "wifi": "wifi, wi-fi, wireless, network, internet, connection, 无线, 无线网络, 网络, 连接",
        "battery": "battery, power, charge, range, 电池, 电量, 续航",
        "microphone": "microphone, mic, voice, voice search, record, speak, dictate, 麦克风, 语音, 录音,"
        " 话筒, 语音搜索",
        "sun": "light mode, light theme, sun, brightness, day, theme, 浅色模式, 亮色, 太阳, 亮度, 日间模式, 主题",
        "moon": "dark mode, dark theme, moon, night, night mode, theme, 深色模式, 暗色, 月亮, 夜间模式, 主题",
        "credit-card": "card, credit card, payment, pay, billing, bank card, checkout, 银行卡, 信用卡,"
        " 支付, 付款, 卡",
        "truck": "delivery, shipping, truck, track order, shipment, lorry, free delivery, 配送,"
        " 送货, 物流, 卡车, 快递, 运输",
        "scale": "compare, comparison, scale, scales, balance, weigh, law, 对比, 比较, 天平, 秤",
        "swap": "compare, swap, exchange, switch, transfer, convert, comparison, 对比, 比较, 交换,"
        " 切换, 转换, 转账",
        "grid": "grid, grid view, apps, tiles, dashboard, categories, all apps, 网格, 应用, 宫格, 分类, 全部",
        "list": "list, list view, items, bulleted list, contents, rows, 列表, 清单, 目录, 项目",
        "zoom-in": "zoom in, enlarge, magnify, bigger, larger, 放大, 变大",
        "zoom-out": "zoom out, shrink, smaller, reduce, 缩小, 变小",
        "fullscreen": "full screen, fullscreen, maximize, maximise, expand, enlarge, 全屏, 最大化, 展开",
        "repeat": "repeat, loop, retweet, repost, share, recur, 重复, 循环, 转发, 转推",
    }.items()
}
