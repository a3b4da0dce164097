"""What clerks write into remarks (備考): first sentences by what the person is, and what may follow.

Rule: sentences of our own, about nobody; what stands in braces is filled in by `remarks`, and no sentence names a real
person or place."""

from __future__ import annotations

from typing import Final

ANYBODY: Final = (
    "{day}、{said}により転送先を{address}に変更。",
    "{day} 住民票の写しを第三者（{name}）が請求。{checked}のうえ交付せず。",
    "通知カードが返戻となったため{day}に{phone}へ連絡、{name}が応答。",
    "本人確認書類の住所と相違あり。{day}に{phone}へ照会し、{name}から転居済みとの回答。",
    "{relative}が代理人として来庁。委任状の日付{day}。",
    "個人番号カードの暗証番号を再設定（{day}）。番号{number}を{checked}。",
    "個人番号{number}の通知を{relative}が受領。受領印あり。",
    "旧住所{address}。{day}付けの届出に添付書類の不足あり、後日{relative}が持参。",
    "{said}：郵便物が届かないとのこと。建物名の表示を{name}（管理人）に{checked}。",
    "{neighbour}から、長く姿を見ないとの連絡（{day}）。{officer}が訪問し、在宅を確認。",
    "住居表示のない私道沿い。目印は{facility}の裏手。配達は{phone}へ事前連絡が必要。",
    "{day}に印鑑登録を廃止。登録証は{relative}が返納。",
    "{name}の名義で届いた郵便物が混在。同姓のため注意、生年月日で確認すること。",
    "同姓同名の者が市内にあり。照会の際は必ず生年月日と{address}を確認。",
    "{day}、{name}を名乗る者から電話で住所の照会あり。{refused}。番号表示は{phone}。",
    "郵便物の受取りは{relative}（{mobile}）へ。本人は日中不在。",
    "戸籍の附票と相違あり、本籍地へ照会中（{day}発送）。",
    "平日の連絡は勤務先（{company}、{phone}）へとの希望。",
    "{said}により、証明書の送付先は{address}の{name}方。",
    "{day}に{relative}と来庁。筆談を希望。手話通訳の手配は{phone}。",
)

GROWN_UP: Final = (
    "{spouse}との離婚調停中。住所を知らせないよう{day}に申出あり。",
    "失業中。{day}に{facility}へ相談、{officer}が同席。連絡先は{mobile}。",
    "{company}を退職（{day}）。国保加入の手続は{relative}が代行。",
    "{company}に勤務、夜勤あり。連絡は午後に{mobile}へ。",
    "滞納分は毎月末に納付との約束（{day}）。納付書は{address}へ送付。",
    "{hospital}に入院中（{day}から）。手続は{relative}が行う。連絡先{mobile}。",
    "うつ病で療養中。{hospital}の診断書を{day}に受領。急な訪問は控えること。",
    "保証人は{name}（{address}、電話{phone}）。",
    "DV相談歴あり。相手方は{name}。{day}に警察へ相談済み。",
    "養育費について{name}と協議中。書類の写しを{day}に交付。",
    "{relative}の成年後見人。審判書の写しを{day}に受領。登録番号の末尾は省略。",
    "単身赴任。赴任先は{address}、{next_day}まで。生活の本拠は当市と認定。",
    "自宅兼店舗。屋号での郵便物あり。{name}が同居の従業員。",
    "刑事施設に収容中。{day}に照会回答。家族には{relative}を通じて連絡。",
    "{said}：職場に副業を知られたくないため、税の通知は{address}へ。",
    "個人番号{number}で照会したところ、{name}の情報と混在。{day}に訂正依頼。",
    "弁護士{name}が代理人。連絡は事務所（{phone}）へ。",
)

OF_MOTHERS: Final = (
    "妊娠中、出産予定は{next_day}。里帰り先は{address}（{name}方、{phone}）。",
    "母子健康手帳を{day}に交付。健診は{hospital}。夫は{company}に勤務。",
    "産後うつの疑い。{officer}が{day}に訪問、{relative}が同席。次は{next_day}。",
    "里帰り出産のため{next_day}まで{address}に滞在。上の子は{school}を欠席。",
)

SINGLE: Final = (
    "{next_day}に婚姻届を提出予定。相手方は{name}、新住所は{address}。",
    "{day}離婚。子の親権は本人。元配偶者{name}からの照会には{refused}。",
    "実家は{address}（{name}、{phone}）。緊急時はそちらへ。",
    "ルームシェアの相手{name}は住民登録なし。{day}に届出を案内。",
    "{company}の社宅。退去予定は{next_day}、次の住所は{address}。",
)

OF_CHILDREN: Final = (
    "{school}に在籍。{day}から欠席が続き、担任の{name}から照会あり。",
    "{school}へ転校予定（{next_day}）。教科書給与証明書は{relative}に交付。",
    "{school}。アレルギー（卵、そば）あり。緊急連絡先は{relative}（{mobile}）。",
    "親権者は{relative}。もう一方の親{name}からの請求には応じないよう申出（{day}）。",
    "里親委託中。児童相談所の担当は{name}（{phone}）。住所の照会には{refused}。",
    "就学援助を申請中。{officer}の意見書を{day}に受領。",
    "{hospital}に通院中。医療費助成の受給者証を{day}に再交付。",
    "祖母の{name}宅（{address}）で過ごすことが多い。家庭訪問は{day}に実施。",
    "{day}、{relative}から養子縁組の相談あり。戸籍係へ引継ぎ。",
    "予防接種の通知が二度返戻。{relative}の携帯{mobile}に連絡し、{address}で受領。",
    "{facility}を利用中。送迎は{name}（{relative}の友人）。",
    "出生届の父欄は空欄。認知について{name}と協議中と聞く（{day}）。",
    "個人番号{number}。通知書は{relative}が窓口で受領（{day}）。",
    "きょうだいで姓が異なる。学校からの文書は{relative}あて。",
)

ELDERLY: Final = (
    "{day}に{facility}へ入所。住所は異動せず。郵便物は{relative}（{address}）へ転送。",
    "要介護3。ケアマネジャーは{name}（{phone}）。",
    "{relative}が月に一度訪問。緊急時は{mobile}へ。",
    "認知症の診断あり（{hospital}、{day}）。窓口では{relative}の同席を確認。",
    "耳が遠いため電話は不可。{relative}（{mobile}）を通じて連絡。",
    "{officer}の見守り対象。{day}の訪問時に異状なし。鍵は{neighbour}が保管。",
    "{day}、行方不明の届出あり。同日夜{facility}で保護。以後{relative}が送迎。",
    "成年後見人は司法書士{name}（{phone}）。書類は必ず後見人へ。",
    "敬老祝金は{relative}の口座へ。{day}に{checked}。",
    "施設入所のため家屋は空家。管理は{name}（{phone}）。",
    "{hospital}に長期入院。医療費の通知は{relative}が受領。",
    "運転免許を返納（{day}）。本人確認は{number}の個人番号カードで行う。",
    "年金証書の氏名は旧字。{day}に年金事務所へ照会済み、担当{name}。",
    "生年月日に疑義あり。{day}に本籍地へ照会、除籍簿は戦災で焼失との回答。",
    "{relative}からの金銭の搾取が疑われる。{officer}から{day}に通報。面談は別室で。",
)

LIVING_ALONE: Final = (
    "一人暮らし。緊急通報装置を設置（{day}）。協力員は{neighbour}と{name}。",
    "配偶者と死別（{day}）。相続人の代表は{relative}、連絡先{address}。",
    "身寄りなし。{day}に{officer}と今後を相談。遺言は{name}に預けたとのこと。",
    "毎朝{neighbour}が声を掛ける。応答のないときは{mobile}へ。",
    "子の{name}とは疎遠。連絡を望まない（{day}本人談）。",
)

FOREIGN: Final = (
    "在留期間は{next_day}まで。更新の案内は勤務先{company}の{name}を通じて行う。",
    "在留カードの氏名は大文字。読みは{day}に本人から聴取。",
    "通訳を希望。同行者は{name}（{mobile}）。",
    "{company}の寮に居住。寮の管理者は{name}（{phone}）。",
    "帰国予定（{next_day}）。納税管理人は{name}、{address}。",
    "国籍国の旅券を更新。氏名の綴りの変更について{day}に申出。",
    "{school}の日本語教室を利用。担当は{surname}先生。",
    "通称の変更を希望。使用実績の資料を{day}に受領。",
)

IN_CARE: Final = (
    "施設入所者。身元引受人は{name}（{address}、{phone}）。",
    "{hospital}から転所（{day}）。家族の連絡先は{name}、{mobile}。",
    "面会は{name}に限るとの申出（{day}）。",
    "看取りの同意書あり。連絡は夜間も{mobile}（{name}）へ。",
    "年金は施設が代理受領。担当の相談員は{name}、内線のほか{phone}。",
)

IN_HIDING: Final = (
    "支援措置対象。加害者とされる{name}（{address}）からの請求には一切応じないこと。",
    "避難中のため住所は非開示。{day}に警察（担当{name}、{phone}）の意見を聴取。",
    "相手方{name}が{day}に来庁し、住所を尋ねた。{refused}、警察へ通報。",
    "子の転校先{school}も非開示。問合せは児童福祉の{name}へ。",
    "連絡は支援員の{name}（{mobile}）を通じてのみ。郵便は局留め。",
)

AFTERWARDS: Final = (
    "",
    "",
    "",
    "",
    "対応：{clerk}。",
    "次回は{next_day}に{checked}。",
    "折返しの連絡先は{mobile}。",
    "詳細は別紙。",
    "関係課へ{day}に連絡済み。",
    "{relative}も了承。",
    "日中は{phone}。",
    "{clerk}が受付。",
    "念のため{neighbour}にも{checked}。",
    "書類は{day}に返却。",
    "この件は家族に知らせないこと。",
    "（{clerk}記）",
)

SAID: Final = ("本人の申出", "電話での申出", "窓口での申出", "家族からの申出", "書面による申出")
CHECKED: Final = ("確認", "電話で確認", "目視で確認", "書類により確認", "再度確認")
REFUSED: Final = ("回答せず", "回答していない", "応じていない", "応じず", "回答を保留")
"""Phrases that stand where a first sentence says so."""
