"""The words beside which a name stands in a clerk's remark, and those that look like names and are none.

Rule: words of the language and of the office, each once; no names. In katakana they stand in the remarks of old
systems, with or without small kana.
"""

from __future__ import annotations

from typing import Final

from masking.remark.kana_words import OFFICE_IN_KANA, word_set

HONORIFICS: Final = word_set(
    """
    さん さま 様 氏 君 くん ちゃん 殿 どの 先生 嬢 女史 翁 夫人 婦人 サン サマ シ クン チャン チヤン ドノ
    センセイ 御中様 はん 兄さん 姉さん 坊 っち
    """
)
"""Directly behind a name; strong enough to make one of an unknown word."""

TITLES: Final = word_set(
    """
    課長 係長 部長 次長 局長 室長 所長 館長 園長 校長 院長 会長 社長 主任 主事 主査 主幹 参事 補佐 課長補佐
    副主任 書記 技師 主事補 副校長 教頭 教諭 教授 巡査 巡査部長 警部 警部補 刑事 弁護士 司法書士 行政書士
    税理士 医師 看護師 保健師 助産師 保育士 社会福祉士 相談員 支援員 調査員 民生委員 児童委員 議員 市議 町議
    市長 町長 知事 班長 組長 区長 自治会長 町内会長 職員 書記官 調査官 裁判官 判事 検事 院生 選手 監督 投手
    捕手 議長 理事 理事長 専務 常務 被告 容疑者 受刑者 住職 牧師 神父 ケアマネ ケアマネジャー ヘルパー 担当
    包括職員 看護士 療法士 薬剤師 獣医 棋士 天皇 親王 内親王 王妃 女王 首相 大統領
    """
)
"""Behind a name, or before one."""

KIN: Final = word_set(
    """
    夫 妻 父 母 兄 姉 弟 妹 子 孫 嫁 婿 娘 息子 長男 長女 次男 次女 二男 二女 三男 三女 四男 四女 五男 五女
    長子 末子 末っ子 養子 養女 養父 養母 義父 義母 義兄 義姉 義弟 義妹 継父 継母 実父 実母 実子 実兄 実姉 実弟
    実妹 祖父 祖母 曾祖父 曾祖母 曽祖父 曽祖母 伯父 叔父 伯母 叔母 甥 姪 いとこ 従兄 従弟 従姉 従妹 従兄弟
    従姉妹 元夫 元妻 前夫 前妻 先妻 先夫 後妻 亡父 亡母 亡夫 亡妻 亡兄 亡姉 亡弟 亡妹 内縁 双子 連れ子 連子
    配偶者 同居人 同居者 婚約者 内妻 内夫 男児 女児 パートナー 再婚相手 交際相手 嫡子 庶子 婚外子 双生児 長兄
    次兄 長姉 次姉 末弟 末妹 母親 父親 兄弟 姉妹 奥さん 旦那 ご主人 主人 家内 オット ツマ チチ ハハ アニ アネ
    オトウト イモウト コ マゴ ヨメ ムコ ムスメ ムスコ チョウナン チョウジョ ジナン ジジョ サンナン サンジョ
    ヨウシ ヨウジョ ヨウフ ヨウボ ソフ ソボ オジ オバ オイ メイ モトオット モトツマ ナイエン チヨウナン
    チヨウジヨ ジジヨ サンジヨ ヨウジヨ
    """
)
"""Relations: a name may follow directly."""

LABELS: Final = word_set(
    """
    旧姓 新姓 姓 通称 通称名 本名 氏名 姓名 名前 旧名 別名 実名 旧氏 旧氏名 新氏名 戸籍名 改名 俗名 世帯主
    旧世帯主 新世帯主 世帯主名 筆頭者 旧筆頭者 届出人 申請者 申請人 請求者 請求人 申出人 申出者 使者 代理人
    任意代理人 法定代理人 本人 連絡先 緊急連絡先 後見人 成年後見人 未成年後見人 保佐人 補助人 担当 担当者 名義
    名義人 保護者 被保険者 被相続人 相続人 死亡者 依頼者 来庁者 通報者 隣人 大家 家主 貸主 借主 管理人 支援者
    避難支援者 里親 里子 民生委員 班長 組長 主治医 相談者 申告者 加害者 被害者 対象者 受給者 納税者 滞納者 証人
    立会人 保証人 連帯保証人 身元引受人 引受人 受取人 差出人 宛名 宛先 対応者 対応 応対 受付者 記入者 作成者
    確認者 取扱者 取扱 処理者 入力者 起案者 ケアマネ ケアマネジャー ヘルパー 相談支援専門員 専門員 児童委員
    知人 友人 隣家 同居人 新生児 出生児 子の名 父の名 母の名 喪主 施主 届出者 報告者 訪問者 ホンニン セタイヌシ
    シメイ ナマエ キュウセイ フリガナ ダイリニン トドケデニン ヒットウシャ レンラクサキ タントウ ツウショウ
    ホンミョウ ホゴシャ キユウセイ ヒツトウシヤ ツウシヨウ ホンミヨウ ホゴシヤ ﾌﾘｶﾞﾅ ふりがな 読み よみ ヨミ
    読み方 カナ氏名 旧カナ 名字 苗字 読み仮名 読みがな よみがな 振り仮名 振仮名
    """
)
"""A name may follow, directly or behind a colon, a bracket, が, は or に."""

HOUSEHOLD: Final = word_set(
    """
    宅 方 夫妻 夫婦 家 一家 世帯 姓 名義 親子 兄弟 姉妹 母子 父子 側 邸 君家 家族 タク カタ
    """
)
"""Behind a surname."""

NO_NAMES: Final = word_set(
    """
    お客 客 業者 皆 みな 皆さん 奥 お母 お父 お兄 お姉 お子 お孫 お嬢 お婆 お爺 おば おじ おばあ おじい 母 父
    兄 姉 弟 妹 妻 夫 娘 息子 嫁 婿 子 孫 親 旦那 主人 患者 大家 隣 隣人 近所 医者 本人 相手 先方 当人 家族
    親族 遺族 利用者 入居者 住人 住民 市民 関係者 代理 担当 職員 役所 市役所 保健所 警察 銀行 郵便局 不動産屋
    大工 大将 先生 課長 係長 主任 部長 局長 所長 会長 社長 院長 園長 校長 赤 坊 何 何方 誰 方 者 人 様 氏 御 貴
    各 仏 神 王 お疲れ お世話 ご苦労 ご馳走 お得意 お役所 お隣 お巡り 巡査 なる ある する いる くる みる よる
    たい ない サービス デイサービス デイ センター ホーム コード ベンダー メーカー カード 外 内 某 同 両 彼 故
    当 元 前 現 新 旧 副 本 左 右 上 下 中 別 組合 施設 病院 薬局 会社 店 管理会社 保証会社 ケアマネ ヘルパー
    運転手 警備員 配達員 民生委員 皆々 ママ パパ オーナー スタッフ ドクター 管理人 事務 事務所 区長 班長 組長
    総代 隣組 電器屋 花屋 魚屋 八百屋 肉屋 酒屋 大屋 子供 子ども
    """
)
"""Who is spoken of by さん and is not named."""

POSITIONS: Final = word_set(
    """
    元 中 前 上 下 東 西 南 北 外 内 本 新 旧 現 同 当 副 間 先 後 左 右 奥 表 裏 大 小 高 長 本人 別 他 計 要
    開 直 収 和 正 真 平 明 保 実
    """
)
"""Single characters that are words first: names only beside a word that asks for one."""

PLACE_BEHIND: Final = word_set(
    """
    町 村 市 区 郡 県 府 都 道 駅 橋 川 山 池 沼 湖 島 岬 港 浜 海 線 通 通り 街道 坂 台 丘 団地 公園 神社 寺
    大社 宮 城 城跡 空港 高速 道路 交差点 地区 地域 方面 地方 半島 盆地 平野 峠 沢 谷 岳 湾 海岸 海峡 支所
    出張所 地内 丁目 番地 字 宿 温泉 ダム トンネル バス停 停留所 インター 街 本町 新町 東 西 南 北 駅前 事件
    球場 競技場 競馬場 記念館 美術館 博物館 文庫 在住 出身 号 県庁 市役所 町役場 区役所
    """
)
"""Behind a word that is a place then, and nobody."""

FIRM_BEHIND: Final = word_set(
    """
    商店 工務店 建設 工業 産業 銀行 信金 信用金庫 電機 電器 製作所 商事 商会 株式会社 有限会社 不動産 運輸 運送
    酒造 酒店 書店 薬局 旅館 食堂 鉄道 電鉄 自動車 製薬 証券 生命 生保 火災 物産 紡績 重工 大学 高校 高等学校
    中学校 小学校 学園 学院 幼稚園 保育園 病院 医院 クリニック 診療所 歯科 眼科 内科 外科 整形 皮膚科 小児科
    産婦人科 教室 塾 新聞 放送 出版 書房 賞 杯 流 派 藩 氏族 朝 幕府 時代 政権 内閣 邸跡 組 屋 堂 荘 苑 園 庵
    ビル ハイツ コーポ マンション アパート 染め 染 焼 焼き 織 塗 型 式 病 症候群 法 法則 定理 方程式 効果 数 比
    級 湾 星 彗星 クレーター 社 店 支店 本店 工場 ファイナンス リース 商工会 農協 漁協 郵便局
    """
)
"""Behind a word that is a firm, an institution or a thing then."""

OFFICE_DEEDS: Final = word_set(
    """
    電話 連絡 申出 申し出 相談 聞き取り 聴取 依頼 架電 来電 苦情 通報 回答 報告 指示 引継 引継ぎ 引き継ぎ 対応
    説明 訪問 来庁 来所 来訪 同席 受付 処理 確認 担当 持参 代筆 立会 立会い 受領 申請 送付 交付 伝達 了承 同意
    了解 同行 死亡 出生 転入 転出 転居 入院 退院 入所 退所 照会 提出 届出 署名 押印 面談 謝罪 納付 完納 滞納
    在宅 不在 帰宅 折電 折返し 折り返し 問合せ 問い合わせ 問合 返信 返答 面接 代行 受理 入力 再訪 TEL 記 了 済
    宛 拒否 希望 主張 居住 同居 別居 失踪 帰国 出国 再婚 離婚 結婚 デンワ レンラク タイオウ カクニン ライチョウ
    """
)
"""What somebody does whom a clerk names without a title."""

PARTICLES_IN_KATAKANA: Final = word_set(
    """
    トノ ニテ ヨリ ノミ マデ カラ ナリ タリ ニハ デハ モノ コト タメ トキ ヲ ニ ハ ガ ト ノ ヘ モ サレ セリ
    アリ ナシ スル セズ ノ上 ニツキ
    """
)
"""Not names in old deeds, where particles are katakana."""

NOT_GIVEN: Final = word_set(
    """
    他 宛 方 宅 様 氏 及 並 外 等 以 済 了 記 印 生 殿 分 名 君 嬢 側 家 姓 邸 兼 両 各 計 課 係 部 長 員 母 父
    子供 妻 夫 兄 弟 姉 妹
    """
)
"""Single characters behind a surname that begin no given name."""

NO_SIGN_OFF: Final = word_set(
    """
    母 父 夫 妻 兄 姉 弟 妹 子 株 有 代 写 控 仮 同 他 済 了 印 要 不 否 可 無 土 日 月 火 水 木 金 祝 休 国 県
    市 町 村 区 男 女 大 小 新 旧 正 副 元 前 生 学 注 例 続 略 財 社 福 医 単 複 故 上 下 内 外 昼 夜 朝 夕
    済み
    """
)
"""Single characters in brackets that sign nothing."""

PEOPLE: Final = word_set(
    """
    係 課 窓口 隣 隣家 近所 大家 家主 友人 知人 同僚 上司 後任 前任 相手 職員 弁護士 医師 部下 当番 宿直 担当
    先生 後輩 先輩 恩師 階下 階上 向かい 裏 隣室 管理人 親戚 親族 身内 従業員 社員 店長 店員 妻方 夫方
    """
)
"""Behind whom a name may stand with の."""

READING_LABELS: Final = word_set(
    """
    フリガナ ふりがな 読み よみ ヨミ 読み方 読み仮名 読みがな よみがな 振り仮名 振仮名 カナ氏名 旧カナ
    """
)
"""Where they stand, kana in quotes are names."""

AS_SURNAMES_WITH_TITLE: Final = word_set(
    """
    東 西 南 北
    """
)
"""Of the positions, those that are surnames before a title."""

CUES: Final = TITLES | KIN | LABELS
"""What is one word here, even where a dictionary takes it apart."""

NAMED_WITH_NO: Final = KIN | PEOPLE
"""Behind whom a name may stand with の or a comma."""

TOLD_OF: Final = OFFICE_DEEDS | KIN | LABELS
"""What tells, behind a particle, of whoever stands before it."""

NO_BEGINNING: Final = KIN | PARTICLES_IN_KATAKANA | OFFICE_IN_KANA
"""No name begins with it."""

NO_PART: Final = KIN | NOT_GIVEN | PARTICLES_IN_KATAKANA | OFFICE_IN_KANA
"""No part of a name."""

NO_GIVEN: Final = POSITIONS | KIN | HOUSEHOLD | NOT_GIVEN | PARTICLES_IN_KATAKANA | OFFICE_DEEDS
"""No given name behind a surname."""

NOBODY_BEHIND: Final = PLACE_BEHIND | FIRM_BEHIND
"""Behind a word that is nobody then."""

NOT_MEANT: Final = NO_NAMES | PARTICLES_IN_KATAKANA
"""Never a name behind a cue."""

WORDS_FIRST: Final = POSITIONS | NO_NAMES | PARTICLES_IN_KATAKANA | OFFICE_DEEDS | KIN | LABELS | TITLES
"""Words before they are names."""

IN_KANA: Final = CUES | HONORIFICS | HOUSEHOLD | OFFICE_DEEDS | PARTICLES_IN_KATAKANA | OFFICE_IN_KANA
"""Words of the office that old systems have in katakana: no part of a name that blanks part."""
