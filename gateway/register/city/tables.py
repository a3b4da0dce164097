"""The tables of the fictional register, named the way a Japanese resident-information system names its own.

Rule: `juki_resident` has no unique key, because real registers now and then hold the same 宛名番号 twice and the
gateway must live with that (rule S5). Indexes are made last: they are built much faster than they grow.
"""

from __future__ import annotations

from typing import Final

TABLES: Final = """
CREATE TABLE juki_resident (
    atena_no TEXT NOT NULL,         -- 宛名番号
    setai_no TEXT NOT NULL,         -- 世帯番号
    shimei TEXT NOT NULL,           -- 氏名, U+3000 between the parts
    shimei_kana TEXT NOT NULL,      -- 振り仮名
    umare_ymd TEXT NOT NULL,        -- 生年月日, YYYY-MM-DD, 00 for what is not known
    seibetsu_cd TEXT NOT NULL,      -- 1 男, 2 女
    zokugara TEXT NOT NULL,         -- 続柄
    jumin_cd TEXT NOT NULL,         -- 1 住民, 2 転出, 3 死亡, 9 職権消除
    choaza_cd TEXT NOT NULL,        -- 町字コード
    shi_mei TEXT NOT NULL,
    choaza_mei TEXT NOT NULL,
    chome_no INTEGER NOT NULL,      -- 0 where there is none
    banchi TEXT NOT NULL,
    setainushi_mei TEXT,            -- 世帯主氏名, null where nobody heads the household just now
    honseki TEXT,                   -- 本籍, null for foreign residents
    hittosha_mei TEXT,              -- 筆頭者
    jumin_ymd TEXT,                 -- 住民となった年月日; all dates as umare_ymd
    jusho_ymd TEXT,                 -- 住所を定めた年月日
    todoke_ymd TEXT,                -- 転入の届出年月日, null for who was born here
    shojo_ymd TEXT                  -- 消除年月日
);
CREATE TABLE juki_alias (           -- 併記名: who has one
    atena_no TEXT NOT NULL,
    kyu_uji TEXT,                   -- 旧氏
    kyu_uji_kana TEXT,              -- 旧氏の振り仮名
    tsusho TEXT                     -- 通称
);
CREATE TABLE juki_number (
    atena_no TEXT NOT NULL,
    kojin_bango TEXT NOT NULL,      -- 個人番号
    jumin_code TEXT NOT NULL        -- 住民票コード
);
CREATE TABLE juki_previous (        -- 前住所: who moved here
    atena_no TEXT NOT NULL,
    shikuchoson_cd TEXT NOT NULL,   -- 市区町村コード, five digits
    shikuchoson_mei TEXT NOT NULL,
    choaza_mei TEXT NOT NULL,
    chome_no INTEGER NOT NULL,
    banchi TEXT NOT NULL
);
CREATE TABLE juki_forwarding (      -- 転出先: who moved away
    atena_no TEXT NOT NULL,
    shikuchoson_cd TEXT NOT NULL,
    shikuchoson_mei TEXT NOT NULL,
    choaza_mei TEXT NOT NULL,
    chome_no INTEGER NOT NULL,
    banchi TEXT NOT NULL
);
CREATE TABLE juki_eligibility (     -- 資格
    atena_no TEXT NOT NULL,
    senkyo_kbn TEXT NOT NULL,       -- 選挙人名簿: 0 なし, 1 登録
    kokuho_kbn TEXT,                -- 国民健康保険: 1 取得, 2 喪失
    koki_kbn TEXT,                  -- 後期高齢者医療: 1 取得, 2 喪失
    kaigo_kbn TEXT,                 -- 介護保険: 1 第1号, 2 第2号
    nenkin_kbn TEXT,                -- 国民年金: 1 第1号, 3 第3号, 4 任意加入, 9 喪失
    jido_teate_kbn TEXT             -- 児童手当: 1 受給, 2 消滅
);
CREATE TABLE juki_remark (atena_no TEXT NOT NULL, biko TEXT NOT NULL);
CREATE TABLE juki_history (         -- 異動履歴
    atena_no TEXT NOT NULL,
    rireki_no INTEGER NOT NULL,     -- from 1, oldest first
    ido_jiyu_cd TEXT NOT NULL,      -- 異動事由
    ido_ymd TEXT NOT NULL,
    ido_naiyo TEXT                  -- in words
);
CREATE TABLE tax_income (atena_no TEXT NOT NULL, shotoku_gaku INTEGER NOT NULL);
CREATE TABLE tax_standing (atena_no TEXT NOT NULL, kazei_kbn TEXT NOT NULL);  -- 課税区分
CREATE TABLE fee_arrears (atena_no TEXT NOT NULL, taino_gaku INTEGER NOT NULL);
CREATE TABLE disaster_certificate (atena_no TEXT NOT NULL, hisai_kbn TEXT NOT NULL);
CREATE TABLE welfare_benefit (      -- 給付・手当
    atena_no TEXT NOT NULL,
    kyufu_cd TEXT NOT NULL,
    kaishi_ymd TEXT NOT NULL,
    shuryo_ymd TEXT,                -- last day
    kyufu_naiyo TEXT                -- in words
);
CREATE TABLE protective_measure (
    atena_no TEXT NOT NULL,
    kaishi_ymd TEXT NOT NULL,       -- first day
    shuryo_ymd TEXT,                -- last day
    aite_atena_no TEXT,             -- the other party: a resident, or a name and a birth date as far as known
    aite_shimei TEXT,
    aite_umare_ymd TEXT
);
CREATE TABLE city (seed INTEGER NOT NULL, today TEXT NOT NULL, residents INTEGER NOT NULL);
"""

_ONE_LINE: Final = (
    "juki_alias",
    "juki_number",
    "juki_previous",
    "juki_forwarding",
    "juki_eligibility",
    "juki_remark",
    "tax_income",
    "tax_standing",
    "fee_arrears",
    "disaster_certificate",
)
"""Tables with at most one line a resident."""

INDEXES: Final = """
CREATE INDEX juki_resident_atena_no ON juki_resident (atena_no, jumin_cd, umare_ymd, choaza_cd);
CREATE INDEX juki_resident_town ON juki_resident (substr(choaza_cd, 1, 8), atena_no, jumin_cd, choaza_cd, umare_ymd);
CREATE INDEX juki_resident_setai_no ON juki_resident (setai_no, jumin_cd);
CREATE INDEX juki_history_atena_no ON juki_history (atena_no, rireki_no);
CREATE INDEX welfare_benefit_atena_no ON welfare_benefit (atena_no);
CREATE INDEX protective_measure_atena_no ON protective_measure (atena_no);
""" + "\n".join(f"CREATE UNIQUE INDEX {table}_atena_no ON {table} (atena_no);" for table in _ONE_LINE)

REGISTER_TABLES: Final = {
    "juki_resident": 20,
    "juki_alias": 4,
    "juki_number": 3,
    "juki_previous": 6,
    "juki_forwarding": 6,
    "juki_eligibility": 7,
    "juki_remark": 2,
    "juki_history": 5,
    "tax_income": 2,
    "tax_standing": 2,
    "fee_arrears": 2,
    "disaster_certificate": 2,
    "welfare_benefit": 5,
    "protective_measure": 6,
    "city": 3,
    "kensaku_shimei": 5,
    "kensaku_jusho": 2,
    "kensaku_seiki": 1,
}
"""Tables of the register with their number of columns."""

STANDING_TABLES: Final = {"staff": 2, "post": 8, "case_file": 5, "case_party": 3}
"""Tables of the standing database with their number of columns; their definition belongs to the standing wing."""
