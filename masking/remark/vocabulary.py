"""The words around names: what follows them, what stands before them, and what looks like a name there and is none.

Rule: words of the language, by what they mean; none is here because one text has it.
"""

from __future__ import annotations

from typing import Final


def _words(listed: str) -> frozenset[str]:
    """The words of a list that blanks part."""
    return frozenset(listed.split())


HONORIFICS: Final = _words(
    """
    さん 様 さま サマ 氏 君 くん クン ちゃん チャン 殿 どの 女史 夫妻 夫婦 先生 両氏 嬢 翁 氏ら 親子 姉妹 兄弟 家
    一家 ら 方 宅 名義
    """
)
"""What stands behind a name; a few of them (方, 宅, 家, ら) stand behind other words, too."""

STRICT_HONORIFICS: Final = _words(
    """
    さん 様 さま 氏 君 くん クン ちゃん チャン サン 殿 どの 女史 嬢 夫妻 両氏
    """
)
"""Those that make a name of whatever word is before them, unless it says what somebody is."""

KIN: Final = _words(
    """
    夫 妻 父 母 父親 母親 実父 実母 養父 養母 義父 義母 継父 継母 祖父 祖母 長男 次男 二男 三男 四男 五男 長女 次女
    二女 三女 四女 五女 息子 娘 子 実子 養子 養女 兄 弟 姉 妹 長兄 次兄 実兄 実弟 実姉 実妹 義兄 義弟 義姉 義妹 孫
    曾孫 ひ孫 叔父 叔母 伯父 伯母 おじ おば 甥 姪 従兄 従弟 従姉 従妹 従兄弟 いとこ 嫁 婿 前夫 前妻 元夫 元妻 先夫
    先妻 亡夫 亡妻 亡父 亡母 配偶者 婚約者 内縁 内妻 内夫 交際相手 同居人 同居者 同棲相手 恋人 彼氏 彼女 友人 知人
    隣人 世帯主 親権者 里親 里子 後見人 成年後見人 保佐人 補助人 未成年後見人 保護者 保証人 連帯保証人 身元引受人
    相続人 被相続人 代理人 使者 申請者 届出人 届出者 申出者 請求者 本人 加害者 被害者 相手方 大家 家主 貸主 借主
    雇主 事業主 名義人 口座名義 氏名 名前 通称 通称名 旧姓 旧氏 本名 名 新姓 新氏 前姓 改姓 姓 筆頭者 戸籍筆頭者
    債務者 滞納者 所有者 納税義務者 納税管理人 死亡者 故 亡 被後見人 喪主 受給者 養育者 契約者 相談者 通報者 来庁者
    対応者 立会人 立会 証人 地主 送付先 宛名 連絡先 訪問者 同行者 緊急連絡先 元配偶者 再婚相手 交際者 差出人 受取人
    請求人 申立人 被申立人 事件本人 失踪者 末子 長子 双子 実弟妹 曾祖母 曾祖父 大叔母 大叔父 継子 連れ子 元交際相手
    """
)
"""What somebody is to somebody; a name may follow, and none of them is one."""

ROLES: Final = _words(
    """
    課長 係長 部長 局長 室長 所長 次長 主任 主査 主幹 主事 参事 補佐 課長補佐 職員 担当 担当者 担当課長 市長 町長
    村長 区長 知事 議員 議長 会長 副会長 社長 副社長 専務 常務 取締役 代表 理事長 理事 監事 院長 園長 施設長 校長
    教頭 館長 店長 組合長 自治会長 町内会長 班長 民生委員 主任児童委員 児童委員 保護司 委員 委員長 医師 主治医
    歯科医師 看護師 保健師 助産師 薬剤師 介護士 介護福祉士 社会福祉士 精神保健福祉士 相談員 支援員 指導員 調査員
    嘱託医 ケアマネ ケアマネジャー ケアマネージャー ヘルパー ケースワーカー ワーカー SW CW MSW PSW 保育士 教諭 教員
    講師 教授 准教授 先生 担任 弁護士 司法書士 行政書士 税理士 社会保険労務士 社労士 警察官 警部 警部補 巡査
    巡査部長 刑事 検事 裁判官 判事 記者 監督 選手 投手 捕手 コーチ 首相 大統領 総理 総理大臣 大臣 王 女王 皇帝 将軍
    大将 中将 少将 大佐 中佐 少佐 大尉 中尉 博士 牧師 神父 住職 作家 作曲家 画家 俳優 女優 歌手 監査 秘書 通訳
    運転手 コーディネーター サービス提供責任者 サ責 管理者 責任者 職長 棟梁 師匠 親方 塾長
    """
)
"""Offices and trades; they stand before a name or behind it, and none of them is one."""

NOT_CALLED: Final = _words(
    """
    皆 皆さん お客 客 患者 利用者 入居者 入所者 業者 業 お子 子 奥 お嬢 王 神 仏 殿 神様 仏様 皆様 お客様 何 誰 赤
    おまわり お巡り 駐在 お医者 医者 看護婦 大工 本屋 八百屋 店員 駅員 生徒 学生 児童 園児 住民 市民 町民 区民 隣
    近所 向かい 上 下 皆々 各位 自治会 町内会 会社 病院 役所 市役所 施設 本人 ご本人 当人 双方 両人 同 某 貴 団 諸
    家族 御家族 ご家族 遺族 ご遺族 ご主人 主人 旦那 奥様 坊 お坊 新郎 新婦 花嫁 花婿 先方 当方 相手 学校 幼稚園
    保育園 警察 消防 郵便局 銀行 事務所 弁護士 包括 社協 訪看 お爺 お婆 爺 婆 おじい おばあ お母 お父 お兄 お姉 お袋
    親父 母 父 兄 姉 叔父 叔母 伯父 伯母 嫁 婿 孫 甥 姪 息子 娘
    """
)
"""What takes an honorific without being a name."""

_ORGANISATION_ENDS: Final = [
    "病院",
    "医院",
    "診療所",
    "クリニック",
    "内科",
    "外科",
    "眼科",
    "歯科",
    "小児科",
    "皮膚科",
    "整形",
    "整形外科",
    "産婦人科",
    "耳鼻科",
    "薬局",
    "学園",
    "学院",
    "大学",
    "高校",
    "中学",
    "中学校",
    "小学校",
    "幼稚園",
    "保育園",
    "こども園",
    "園",
    "商店",
    "工業",
    "製作所",
    "製薬",
    "産業",
    "建設",
    "組",
    "組合",
    "興業",
    "電機",
    "電器",
    "運輸",
    "運送",
    "交通",
    "銀行",
    "証券",
    "不動産",
    "ビル",
    "マンション",
    "アパート",
    "荘",
    "ハイツ",
    "コーポ",
    "工務店",
    "酒店",
    "書店",
    "旅館",
    "食品",
    "製鉄",
    "重工",
    "技研",
    "鉱業",
    "事務所",
    "株式会社",
    "有限会社",
    "財閥",
    "記念館",
    "美術館",
    "町",
    "村",
    "市",
    "区",
    "県",
    "郡",
    "州",
    "島",
    "山",
    "川",
    "駅",
    "港",
    "湾",
    "橋",
    "城",
    "寺",
    "神社",
    "公園",
    "街道",
    "線",
    "台",
    "谷",
    "池",
    "湖",
    "岬",
    "峠",
    "通り",
    "空港",
    "地区",
    "地方",
    "半島",
    "海岸",
    "温泉",
    "藩",
    "国",
    "号",
    "賞",
    "杯",
    "カップ",
    "社",
    "誌",
    "紙",
    "新聞",
    "出版",
    "文庫",
    "書房",
    "劇場",
    "堂",
    "館",
    "屋",
    "軒",
    "亭",
    "流",
    "派",
    "氏族",
    "朝",
    "幕府",
    "時代",
    "効果",
    "法",
    "方程式",
    "定理",
    "式",
    "症候群",
    "病",
    "事件",
    "内閣",
    "政権",
]
NO_PERSON_BEFORE: Final = frozenset(_ORGANISATION_ENDS)
"""Behind a name these make the whole of it the name of a place, a body or a thing."""

OCCUPANT_ENDS: Final = (
    "者",
    "員",
    "士",
    "師",
    "医",
    "人",
    "長",
    "主",
    "婦",
    "夫",
    "生",
    "官",
    "客",
    "家",
    "手",
    "屋",
    "民",
    "族",
    "親",
    "方",
    "署",
    "課",
    "係",
    "局",
    "所",
    "社",
    "院",
    "園",
    "会",
)
"""A common noun that ends so says what somebody is, and takes an honorific without being a name."""

OFFICES: Final = _words(
    """
    市長 町長 村長 区長 知事 議員 議長 校長 園長 院長 所長 局長 館長 監督 選手 首相 大統領 王 女王 皇帝 職員 会長
    社長 担当 大臣
    """
)
"""Behind the name of a place, these are an office of it, and the name is nobody's."""

NOT_CALLED_KANA: Final = _words(
    """
    おかあ おとう おにい おねえ おじい おばあ おじ おば おく むすこ むすめ みな あか いとこ おきゃく たく ぼく ここ
    そこ おばさん とう かあ にい ねえ じい ばあ おまわり おいしゃ おぼう おちび はは ちち ご おい めい まご よめ
    だんな
    """
)
"""In hiragana before さん, ちゃん or くん, and no names."""
